"""How deep the elements of a page are nested, as libxml2 will nest them: the parser behind lxml and parsel.

It follows the HTML of 1999. A start tag closes the innermost element where `CLOSED_BY` says so, and an end tag
closes what is open inside its element unless that ranks higher; both tables are what libxml2 2.14 does
(`htmlStartClose` and `htmlEndPriority` in <https://gitlab.gnome.org/GNOME/libxml2/-/blob/2.14/HTMLparser.c>). So
`<wbr>`, `<source>`, `<track>` and `<embed>` stay open until their parent ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from ecomscraper.pages.tags import TAG

ROOTS = 2  # html and body, which are there even if their tags are not
_OUTERMOST = frozenset({b"html", b"head", b"body"})
_VOID = frozenset(b"area base basefont br col frame hr img input isindex link meta param".split())
_EMPTY = _VOID | _OUTERMOST  # what never is open
_SLASH = ord("/")

CLOSED_BY = {
    old: frozenset(new.split())
    for olds, new in (
        (b"a", b"a fieldset table td th"),
        (b"address", b"dd dl dt form li ul"),
        (b"b i", b"center p td th"),
        (b"big s small strike tt", b"p"),
        (b"caption", b"col colgroup tbody tfoot thead tr"),
        (b"colgroup", b"colgroup tbody tfoot thead tr"),
        (b"dd", b"dt"),
        (b"dir menu", b"dd dl dt form ul"),
        (b"dl", b"form li"),
        (b"dt", b"dd dl"),
        (b"font", b"center td th"),
        (b"form", b"form"),
        (b"h1 h2 h3 h4 h5 h6", b"fieldset form li p table"),
        (b"legend", b"fieldset"),
        (b"li", b"li"),
        (b"ol", b"form"),
        (b"option", b"optgroup option"),
        (
            b"p",
            b"address blockquote caption center col colgroup dd dir div dl dt fieldset form h1 h2 h3 h4 "
            b"h5 h6 hr li menu ol p pre table tbody td tfoot th title tr ul xmp",
        ),
        (b"pre", b"dd dl dt fieldset form li table ul"),
        (b"span", b"td th"),
        (b"tbody", b"tbody tfoot"),
        (b"td th", b"tbody td tfoot th tr"),
        (b"tfoot", b"tbody"),
        (b"thead", b"tbody tfoot"),
        (b"tr", b"tbody tfoot tr"),
        (b"u", b"p td th"),
        (b"ul", b"address form menu pre"),
    )
    for old in olds.split()
}
_NONE: frozenset[bytes] = frozenset()

_RANK = {
    b"div": 150, b"td": 160, b"th": 160, b"tr": 170, b"thead": 180, b"tbody": 180, b"tfoot": 180, b"table": 190
}  # fmt: skip
_LOWEST = 100


class TooDeep(ValueError):
    """The page is nested too deep, or its end tags cost too much; the message says which."""


def check_nesting(page: bytes, most: int, most_steps: int) -> None:
    """Raises TooDeep where more than `most` elements are open at once, html and body included.

    An end tag that closes nothing makes libxml2 look through the open elements in vain, at up to 50 ns each:
    TooDeep also where it would look at more than `most_steps` of them.
    """
    room = most - ROOTS
    stack: list[bytes] = []
    steps = 0
    for name, end in _tags(page):
        if name[0] == _SLASH:
            if stack and stack[-1] == name[1:]:
                stack.pop()
            elif name[1:] not in _OUTERMOST:
                steps += _close(name[1:], stack)
                if steps > most_steps:
                    raise TooDeep(f"more than {most_steps} steps in vain to find what end tags close")
            continue
        while stack and name in CLOSED_BY.get(stack[-1], _NONE):
            stack.pop()
        if end == b">" and name not in _EMPTY:
            stack.append(name)
            if len(stack) > room:
                raise TooDeep(f"more than {most} elements inside each other")


def _tags(page: bytes) -> Iterator[tuple[bytes, bytes]]:
    for match in TAG.finditer(page):
        name, end = match.groups()
        if name is not None:
            yield name.lower(), end


def _close(name: bytes, stack: list[bytes]) -> int:
    """Closes the innermost `name` and all in it, or nothing; how many elements were looked at in vain."""
    rank = _RANK.get(name, _LOWEST)
    for looked_at, open_name in enumerate(reversed(stack), 1):
        if open_name == name:
            del stack[-looked_at:]
            return 0
        if _RANK.get(open_name, _LOWEST) > rank:
            return looked_at
    return len(stack)
