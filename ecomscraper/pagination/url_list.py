"""The pages of a list of URLs: one a line, in the order of the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pagination.page_ref import URL, PageRef, quoted, url_problem

_MOST_PROBLEMS = 5


def read_urls(lines: Iterable[str], source: str) -> Iterator[PageRef]:
    """The URLs in `lines` as they are read, with positions from 1 that count URLs only.

    Blank lines and lines that begin with `#` are skipped, white space around a URL and a byte order mark are
    dropped. `source` names the list in messages: `urls.txt`, or `-a url`.

    Raises ArgumentError naming line, value and what to write: after the first wrong line no more pages come,
    but reading goes on until five such lines are found. A list without any URL is an error, too.
    """
    position = 0
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        url = line.strip()
        if number == 1:
            url = url.removeprefix("\ufeff").lstrip()
        if not url or url[0] == "#":
            continue
        if problem := url_problem(url):
            problems.append(f"{source}:{number}: {quoted(url)} {problem}")
            if len(problems) == _MOST_PROBLEMS:
                break
        elif not problems:
            position += 1
            yield PageRef(position, position, url, URL)
    if problems:
        raise ArgumentError("\n".join(problems))
    if position == 0:
        raise ArgumentError(f"{source}: there is no URL in it; write one on each line")
