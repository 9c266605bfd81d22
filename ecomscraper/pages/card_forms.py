"""Cards that differ in texts and values only: the tree of one is filled in for the others, as a form is.

A shop prints all cards of a listing by one template. To parse a card, and to find out what its tags and classes mean,
takes twice the time that it takes to read what it says. So a card is cut, as HTML, into what it shares with its like
and what is its own; the former is parsed once and known by heart, the latter is written into that tree.

The classes of a card itself name its category and its tags in many shops. They may differ, too, if they mean the same.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache, partial
from typing import Any

from ecomscraper.pages.card_layout import CardLayout, has_badge_class
from ecomscraper.pages.lxml_tree import parsed
from ecomscraper.pages.marks import kinds_of, without_numbers

# Of HTML as a parser writes it: values are in double quotes, and nothing in a text looks like a tag. What decides how
# an element is understood is no gap: class, rel, itemprop, data-price-type; a style that strikes out, or hides.
_GAP = re.compile(
    r"""(="(?<!(?:ass|rel|rop|ype)=")(?<!yle="(?=[^"]*(?:line-through|(?i:display))))[^"]*"|>[^<>]+|-[0-9]{3,})"""
)
_CLASSES = ' class="'
_MARK = "\ue000"  # stands in a gap; for private use
_NO_HTML = frozenset({"script", "style", "noscript", "textarea", "title", "iframe", "xmp", "noembed", "noframes"})
_LONGEST = 20_000  # characters of a card
_MOST_FORMS = 256


class _Form:
    """The tree of a card, with gaps."""

    def __init__(self, card: Any, writers: list[Callable[[str], None] | None]) -> None:
        self._card = card
        self._writers = writers
        self._gaps: list[str | None] = [None] * len(writers)
        self._layout: CardLayout | None = None

    def filled(self, gaps: list[str], classes: str | None) -> CardLayout:
        """Raises ValueError where a value is none that a tree takes."""
        known = self._gaps
        for place, gap in enumerate(gaps):
            if gap != known[place]:
                known[place] = None
                if write := self._writers[place]:
                    write(gap)
                known[place] = gap
        if classes is not None:
            self._card.set("class", _plain(classes))
        if self._layout is None:
            self._layout = CardLayout(self._card)
        return self._layout


_forms: dict[Hashable, _Form | None] = {}


def filled_layout(html: str) -> CardLayout | None:
    """The layout of a card that the parser of light pages wrote as `html`, good until this is called again.

    None where the card is to be parsed for itself: it is very long, or has text where it is no HTML.
    """
    if len(html) > _LONGEST or "\r" in html:  # the other parser makes line feeds of them
        return None
    rest, classes = _without_own_classes(html)
    pieces = _GAP.split(rest)
    shared, gaps = pieces[::2], pieces[1::2]
    key = (classes and _meaning(without_numbers(classes)), "\0".join(shared))
    if key not in _forms:
        if len(_forms) >= _MOST_FORMS:
            del _forms[next(iter(_forms))]
        _forms[key] = _form(shared, gaps)
    form = _forms[key]
    try:
        return form.filled(gaps, classes) if form else None
    except ValueError:  # a control character
        return None


def _without_own_classes(html: str) -> tuple[str, str | None]:
    """A card without the classes of its outermost element, and these; None where it may have none."""
    start = html.find(_CLASSES)
    if start < 0 or html.startswith("<a ") or html.find(">", 0, start) >= 0:  # those of a link tell where it leads
        return html, None
    first = start + len(_CLASSES)
    end = html.index('"', first)
    return html[:start] + html[end + 1 :], html[first:end]


@lru_cache(maxsize=1024)
def _meaning(classes: str) -> Hashable:
    kinds = kinds_of("div", classes, "", has_amount=False)
    return classes if "price" in kinds else (kinds, has_badge_class(classes))


def _form(shared: list[str], gaps: list[str]) -> _Form | None:
    """None where a gap would not be the whole of a text or of a value."""
    if any(_MARK in piece for piece in shared):
        return None
    template = shared[0]
    marked: dict[str, int] = {}
    for place, (gap, behind) in enumerate(zip(gaps, shared[1:], strict=True)):
        mark = f"{_MARK}{place}{_MARK}"
        if gap[0] == "-":
            if not template.rpartition('="')[0].endswith("class"):
                return None
            template += f"-000{behind}"
            continue
        marked[mark] = place
        template += (f'="{mark}"' if gap[0] == "=" else f">{mark}") + behind
    card = _parsed_alone(template)
    if card is None or card in (price.element for price in CardLayout(card).prices):
        return None
    writers = dict(_writers(card, marked))
    if len(writers) != len(marked):
        return None
    return _Form(card, [writers.get(place) for place in range(len(gaps))])


def _parsed_alone(html: str) -> Any:
    root = parsed(f"<html><body><div>{html}</div></body></html>").root
    division = root.find("body/div")
    return division[0] if division is not None and len(division) == 1 == len(division.getparent()) else None


def _writers(card: Any, marked: dict[str, int]) -> Iterator[tuple[int, Callable[[str], None]]]:
    """(place, what writes a gap there) for each mark that is a whole value or text."""
    for element in card.iter():
        for name, value in element.items():
            if value in marked:
                yield marked[value], partial(_write_value, element, name)
        if element.text in marked and element.tag not in _NO_HTML and isinstance(element.tag, str):
            yield marked[element.text], partial(_write_text, element)
        if element is not card and element.tail in marked:
            yield marked[element.tail], partial(_write_tail, element)


def _write_value(element: Any, name: str, gap: str) -> None:
    element.set(name, _plain(gap[2:-1]))


def _write_text(element: Any, gap: str) -> None:
    element.text = _plain(gap[1:])


def _write_tail(element: Any, gap: str) -> None:
    element.tail = _plain(gap[1:])


def _plain(text: str) -> str:
    return entities.unescape(text) if "&" in text else text
