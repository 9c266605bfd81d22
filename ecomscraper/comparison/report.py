"""The table of the rows, and what they teach. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecomscraper.comparison.rows import Row

HEAD = (
    *("APPROACH", "PARSER", "WORKERS", "SECONDS", "EXPECTED", "SPEED-UP", "PAGES/S", "CPU S/1000", "PEAK MB"),
    *("SURVIVED", "ORDER", "LINES"),
)
_NUMBER = re.compile(r"\(\d+\)")
THREADS = ("thread_pool_map", "thread_pool_as_completed", "session_and_retry", "queue_and_threads", "run_in_executor")
ASYNC = ("aiohttp_semaphore", "aiohttp_uvloop")
PROCESSES = ("multiprocessing_pool", "process_pool", "aiohttp_processes")


def cells(row: Row) -> list[str]:
    """A row of the table, in the columns of HEAD."""
    peak = f"{row.peak_bytes / 1e6:.0f}" + (f" × {row.processes}" if row.processes > 1 else "")
    return [
        row.name,
        row.parser,
        str(row.workers),
        f"{row.seconds:.2f}",
        f"{row.expected_seconds:.2f}",
        "-" if row.speed_up is None else f"{row.speed_up:.1f}",
        f"{row.pages_a_second:.0f}",
        f"{row.cpu_seconds_a_thousand:.1f}",
        peak,
        "-" if row.survived is None else f"{row.survived} of {row.broken}",
        "kept" if row.in_order else "lost",
        str(row.lines),
    ]


def advice(rows: Sequence[Row]) -> list[str]:
    """When to use which, as far as these figures say; a line each."""
    sound = [row for row in rows if row.problem is None]
    lines = [
        _of_few(sound),
        _of_parsers(sound),
        _of_waiting(sound),
        _of_processes(sound),
        _of_failures(sound),
        _of_order(sound),
    ]
    return [line for line in lines if line]


def _best(rows: Sequence[Row], *, modules: Sequence[str] = (), parser: str | None = None) -> Row | None:
    fitting = [
        row for row in rows if (not modules or row.module in modules) and (parser is None or row.parser == parser)
    ]
    return max(fitting, key=lambda row: row.pages_a_second, default=None)


def _of_few(rows: Sequence[Row]) -> str:
    one = _best(rows, modules=["one_after_the_other"])
    if one is None:
        return ""
    seconds = 10 * one.seconds / one.pages
    return f"For ten pages one after the other is enough: {seconds:.1f} s, in {one.lines} lines of code."


def _of_parsers(rows: Sequence[Row]) -> str:
    pairs = {
        name: (usual, fast)
        for usual in rows
        for fast in rows
        if (name := usual.name) == fast.name and (usual.parser, fast.parser) == ("beautifulsoup", "selectolax")
    }
    if not pairs:
        return ""
    saved = sorted(usual.cpu_seconds_a_thousand - fast.cpu_seconds_a_thousand for usual, fast in pairs.values())
    a_page = saved[len(saved) // 2]
    usual = _best(rows, parser="beautifulsoup")
    assert usual is not None
    return (
        f"The parser first: BeautifulSoup costs {a_page:.0f} ms of processor a page more than selectolax, so with it "
        f"nothing here reads more than {usual.pages_a_second:.0f} pages/s ({usual.name})."
    )


def _of_waiting(rows: Sequence[Row]) -> str:
    one = _best(rows, modules=["one_after_the_other"], parser="selectolax")
    loop = _best(rows, modules=ASYNC, parser="selectolax")
    same = [row for row in rows if loop is not None and row.workers == loop.workers]
    few = _best(same, modules=THREADS, parser="selectolax")
    if one is None or few is None or loop is None:
        return ""
    return (
        f"Waiting is what threads and asyncio save, both: with {loop.workers} at once {few.name} reads "
        f"{few.pages_a_second:.0f} pages/s and {loop.name} {loop.pages_a_second:.0f}, one after the other "
        f"{one.pages_a_second:.0f}. Threads take {_times(few.cpu_seconds, loop.cpu_seconds)} the processor time."
    )


def _of_processes(rows: Sequence[Row]) -> str:
    parallel, alone = (
        _best(rows, modules=modules, parser="beautifulsoup") for modules in (PROCESSES, (*THREADS, *ASYNC))
    )
    if parallel is None or alone is None:
        return ""
    verb = "help" if parallel.pages_a_second > 1.1 * alone.pages_a_second else "do not help here, even"
    return (
        f"Processes {verb} where the parser is slow: with BeautifulSoup {parallel.name} reads "
        f"{parallel.pages_a_second:.0f} pages/s, {alone.name} in one process {alone.pages_a_second:.0f}."
    )


def _of_failures(rows: Sequence[Row]) -> str:
    counted = {_kind(row): row for row in rows if row.survived is not None}
    whole = [name for name, row in counted.items() if row.survived == row.broken]
    some = [name for name, row in counted.items() if row.survived and row.survived < row.broken]
    none = sum(row.survived == 0 for row in counted.values())
    if len(counted) < 2:
        return ""
    broken = next(iter(counted.values())).broken
    said = f"Of {broken} pages whose first try failed, {', '.join(whole) or 'none'} got all"
    said += f"; {', '.join(some)} got some" if some else ""
    return f"{said}; {none} of {len(counted)} approaches got none. For more than a few pages take one that tries again."


def _of_order(rows: Sequence[Row]) -> str:
    kept = [row for row in rows if row.in_order and row.workers > 1]
    lost = list(dict.fromkeys(_kind(row) for row in rows if not row.in_order))
    if not kept or not lost:
        return ""
    return f"Where the order matters: it is lost by {', '.join(lost)}; the others keep it."


def _kind(row: Row) -> str:
    """The name without the number of workers."""
    return _NUMBER.sub("", row.name)


def _times(one: float, other: float) -> str:
    return f"{one / other:.1f} times" if other > 0 else "more of"
