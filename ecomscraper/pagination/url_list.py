"""The pages of a list of URLs: one a line, in the order of the list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pagination.page_ref import URL, PageRef, quoted, url_problem

Entry = TypeVar("Entry")

_MOST_PROBLEMS = 5


def read_urls(lines: Iterable[str], source: str) -> Iterator[PageRef]:
    """The URLs in `lines` as they are read, with positions from 1 that count URLs only; see `read_entries`."""
    for position, url in enumerate(read_entries(lines, source, checked_url), 1):
        yield PageRef(position, position, url, URL)


def checked_url(text: str) -> str:
    """`text`, which is a URL. Raises ValueError saying what is wrong with it."""
    if problem := url_problem(text):
        raise ValueError(f"{quoted(text)} {problem}")
    return text


def read_entries(lines: Iterable[str], source: str, entry: Callable[[str], Entry]) -> Iterator[Entry]:
    """`entry(text)` of each line, as they are read.

    Blank lines and lines that begin with `#` are skipped, white space around an entry and a byte order mark are
    dropped. `source` names the list in messages: `urls.txt`, or `-a url`. `entry` raises ValueError for a wrong line.

    Raises ArgumentError naming line, value and what to write: after the first wrong line no more entries come,
    but reading goes on until five such lines are found. A list without any entry is an error, too.
    """
    count = 0
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if number == 1:
            text = text.removeprefix("\ufeff").lstrip()
        if not text or text[0] == "#":
            continue
        try:
            found = entry(text)
        except ValueError as error:
            problems.append(f"{source}:{number}: {error}")
            if len(problems) == _MOST_PROBLEMS:
                break
            continue
        if not problems:
            count += 1
            yield found
    if problems:
        raise ArgumentError("\n".join(problems))
    if count == 0:
        raise ArgumentError(f"{source}: there is no URL in it; write one on each line")
