"""Cards that differ in texts and values only: the tree of one is filled in for the others, as a form is.

A shop prints all cards of a listing by one template. To parse a card, and to find out what its tags and classes mean,
takes twice the time that it takes to read what it says. So a card is cut, as HTML, into what it shares with its like
and what is its own; the former is parsed once and known by heart, the latter is written into that tree.

The classes of a card itself name its category and its tags in many shops. They may differ, too, if they mean the same.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

from ecomscraper.pages.card_layout import CardLayout, has_badge_class
from ecomscraper.pages.lxml_tree import parsed
from ecomscraper.pages.marks import kinds_of, without_numbers

# Of HTML as a parser writes it: values are in double quotes, and nothing in a text looks like a tag. What decides how
# an element is understood is no gap: class, rel, itemprop, data-price-type; a style that strikes out, or hides.
_NOT_SHARED = r"""(?<!(?:ass|rel|rop|ype)=")(?<!yle="(?=[^"]*(?:line-through|(?i:display))))"""
_GAPS = {"=": ('="' + _NOT_SHARED, '[^"]*+', '"'), ">": (">", "[^<>]++", ""), "-": ("-", "[0-9]{3,}+", "")}
"""What is before, in and behind a gap, by the sign that it begins with."""
_ANY_GAP = re.compile(f"({'|'.join(map(''.join, _GAPS.values()))})")
_CLASSES = ' class="'
_MARK = "\ue000"  # stands in a gap; for private use
_NO_HTML = frozenset({"script", "style", "noscript", "textarea", "title", "iframe", "xmp", "noembed", "noframes"})
_TEXT, _TAIL = "text>", "tail>"  # of an element; no attribute is called so
_LONGEST = 20_000  # characters of a card
_MOST_FORMS = 128
_MOST_COMMON = 8
_OFTEN = 100  # it pays then to compile a form, which takes 1 ms

_Place = tuple[Any, str]
"""An element, and which attribute of it; or _TEXT, _TAIL."""


class _Form:
    """The tree of a card, with gaps."""

    def __init__(self, layout: CardLayout, places: list[_Place | None], pattern: str) -> None:
        self._layout = layout
        self._places = places
        self._known: Sequence[str | None] = [None] * len(places)
        self._pattern = pattern
        self.times = 0
        """How often it was asked for by what it shares with other cards."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the HTML of such a card, a group for each gap."""
        return re.compile(self._pattern)

    def filled(self, gaps: Sequence[str], classes: str | None) -> CardLayout:
        """Raises ValueError where a text is none that a tree takes."""
        known, self._known = self._known, [None] * len(gaps)
        for place, gap, before in zip(self._places, gaps, known, strict=True):
            if gap != before and place is not None:
                element, name = place
                text = _plain(gap)
                if name is _TEXT:
                    element.text = text
                elif name is _TAIL:
                    element.tail = text
                else:
                    element.set(name, text)
        self._known = gaps
        if classes is not None:
            self._layout.card.set("class", _plain(classes))
        return self._layout


_forms: dict[Hashable, _Form | None] = {}
_common: list[tuple[Hashable, _Form]] = []
"""What the classes of the card itself mean, and its form; the last used first."""


def filled_layout(html: str) -> CardLayout | None:
    """The layout of a card that the parser of light pages wrote as `html`, good until this is called again.

    None where the card is to be parsed for itself: it is very long, or has text where it is no HTML.
    """
    if len(html) > _LONGEST or "\r" in html:  # the other parser makes line feeds of them
        return None
    rest, classes = _without_own_classes(html)
    meaning = None if classes is None else _meaning(without_numbers(classes))
    form, gaps = _common_form(rest, meaning) or _any_form(rest, meaning, classes)
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
    return kinds_of("div", classes, "", has_amount=False), has_badge_class(classes)


def _common_form(html: str, meaning: Hashable) -> tuple[_Form, Sequence[str]] | None:
    """To compare a card with whole forms takes 2 µs, to cut it takes 8; but a form must first be compiled."""
    for place, (of_form, form) in enumerate(_common):
        if of_form == meaning and (match := form.pattern.fullmatch(html)):
            if place:
                _common.insert(0, _common.pop(place))
            return form, match.groups()
    return None


def _any_form(html: str, meaning: Hashable, classes: str | None) -> tuple[_Form | None, Sequence[str]]:
    pieces = _ANY_GAP.split(html)
    shared, cut = pieces[::2], pieces[1::2]
    gaps = [one[2:-1] if one[0] == "=" else one[1:] for one in cut]
    key = (meaning, "\0".join(shared))
    if key not in _forms:
        if len(_forms) >= _MOST_FORMS:
            del _forms[next(iter(_forms))]
        _forms[key] = _form(shared, [one[0] for one in cut], classes)
    form = _forms[key]
    if form:
        form.times += 1
        if form.times % _OFTEN == 0:
            _common.insert(0, (meaning, form))
            del _common[_MOST_COMMON:]
    return form, gaps


def _form(shared: list[str], signs: list[str], classes: str | None) -> _Form | None:
    """The form of what cards share, with the sign before each gap; None where one would be a part of something."""
    if any(_MARK in piece for piece in shared):
        return None
    template, pattern = shared[0], re.escape(shared[0])
    marked: dict[str, int] = {}
    for number, (sign, behind) in enumerate(zip(signs, shared[1:], strict=True)):
        mark = f"{_MARK}{number}{_MARK}"
        if sign == "-":
            if not template.endswith(" class", 0, template.rfind('="')):
                return None
            mark = "000"
        else:
            marked[mark] = number
        template += (f'="{mark}"' if sign == "=" else sign + mark) + behind
        pattern += "{}({}){}".format(*_GAPS[sign]) + re.escape(behind)
    card = _parsed_alone(template)
    if card is None:
        return None
    places = dict(_places(card, marked))
    if classes is not None:
        card.set("class", _plain(classes))
    layout = CardLayout(card)
    if len(places) < len(marked) or card in layout.marks.all("price"):  # the kind of a price is told by its classes
        return None
    return _Form(layout, [places.get(number) for number in range(len(signs))], pattern)


def _parsed_alone(html: str) -> Any:
    root = parsed(f"<html><body><div>{html}</div></body></html>").root
    division = root.find("body/div")
    return division[0] if division is not None and len(division) == 1 == len(division.getparent()) else None


def _places(card: Any, marked: dict[str, int]) -> Iterator[tuple[int, _Place]]:
    """(its number, where it is) of each gap whose mark is a whole value or text."""
    for element in card.iter():
        for name, value in element.items():
            if value in marked:
                yield marked[value], (element, name)
        if element.text in marked and isinstance(element.tag, str) and element.tag not in _NO_HTML:
            yield marked[element.text], (element, _TEXT)
        if element.tail in marked:
            yield marked[element.tail], (element, _TAIL)


def _plain(text: str) -> str:
    return entities.unescape(text) if "&" in text else text
