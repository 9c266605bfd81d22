"""Which approaches there are, with what they need, how many workers they have, and how long they are."""

from __future__ import annotations

import io
import os
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

USUAL = ("beautifulsoup", "selectolax")
MOST_CONNECTIONS = 100  # aiohttp's own limit
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Approach:
    """One way to fetch pages, with so many workers."""

    name: str
    module: str  # of ecomscraper.comparison
    workers: int  # requests at once, as far as it decides that
    needs: tuple[str, ...] = ("requests",)  # modules that must be there
    parsers: tuple[str, ...] = USUAL  # the usual one first, the fastest one last
    processes: int = 1  # the largest number of them

    @property
    def missing(self) -> list[str]:
        """The modules that are not installed."""
        its_parsers = (
            ("bs4", "selectolax") if self.parsers == USUAL else ("selectolax",) * ("selectolax" in self.parsers)
        )
        return [module for module in (*self.needs, *its_parsers) if find_spec(module) is None]

    @cached_property
    def lines(self) -> int:
        """Lines of code, without blank ones, comments and the docstring."""
        return code_lines((Path(__file__).parent / f"{self.module}.py").read_text(encoding="utf-8"))


def approaches(workers: int, pages: int) -> list[Approach]:
    """All of them; `workers` where tutorials do not name a number, `pages` where each page has its own."""
    return list(_approaches(workers, pages))


def code_lines(source: str) -> int:
    """How many lines of a Python file hold code.

    >>> code_lines('\"\"\"What it does.\"\"\"\\n\\nimport os  # to see\\n\\nprint(\\n    os.name\\n)\\n')
    4
    """
    lines: set[int] = set()
    starts_a_statement = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_docstring = token.type == tokenize.STRING and starts_a_statement
        if token.type not in _NO_CODE and not is_docstring:
            lines.update(range(token.start[0], token.end[0] + 1))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            starts_a_statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    return len(lines)


def _approaches(workers: int, pages: int) -> Iterator[Approach]:
    processors = os.cpu_count() or 1
    yield Approach("one after the other", "one_after_the_other", 1)
    yield Approach("httpx one after the other", "httpx_client", 1, ("httpx",))
    yield Approach("a thread a page", "threads", pages)
    yield Approach("queue and threads", "queue_and_threads", workers)
    for number in sorted({1, 5, 10, 20, workers}):
        yield Approach(f"ThreadPoolExecutor({number}).map", "thread_pool_map", number)
    for number in sorted({1, 5, 10, 20, workers}):
        yield Approach(f"ThreadPoolExecutor({number}) as_completed", "thread_pool_as_completed", number)
    yield Approach("Session with Retry", "session_and_retry", workers, ("requests", "urllib3"))
    for number in sorted({2, workers}):
        yield Approach(f"requests-futures({number})", "futures_session", number, ("requests", "requests_futures"))
    yield Approach("multiprocessing.Pool", "multiprocessing_pool", workers, processes=workers)
    yield Approach("ProcessPoolExecutor", "process_pool", workers, processes=workers)
    yield Approach("run_in_executor", "run_in_executor", workers)
    yield Approach("gevent", "gevent_pool", workers, ("gevent", "requests"))
    yield Approach("httpx async", "httpx_async", workers, ("httpx",))
    yield Approach("aiohttp gather", "aiohttp_gather", min(pages, MOST_CONNECTIONS), ("aiohttp",))
    yield Approach("aiohttp semaphore", "aiohttp_semaphore", workers, ("aiohttp",))
    yield Approach("aiohttp on uvloop", "aiohttp_uvloop", workers, ("aiohttp", "uvloop"))
    yield Approach("aiohttp in processes", "aiohttp_processes", workers, ("aiohttp",), processes=processors)
    yield Approach("Tornado", "tornado_client", workers, ("tornado",))
    yield Approach("Twisted treq", "twisted_treq", workers, ("treq",))
    yield Approach("Crawlee", "crawlee_parsel", workers, ("crawlee",), ("parsel", "selectolax"))
    yield Approach("Scrapy", "scrapy_spider", workers, ("scrapy",), ("parsel", "selectolax"))
    yield Approach("ecomscraper", "this_project", workers, ("scrapy",), ("own",))
