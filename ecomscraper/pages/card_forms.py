"""Cards that differ in texts and values only: the tree of one does for the others, as one form does for many.

A shop prints all cards of a listing by one template. To parse a card, and to find out what its tags and classes mean,
takes most of the time that it takes to read what it says. So a card is cut, as HTML, into what it shares with its like
and what is its own. The former is parsed once and known by heart; what the latter says, `card_gaps` tells.

The classes of a card itself name its category and its tags in many shops. They may differ, too, if they mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

from ecomscraper.pages.card_gaps import GappedCard, GapReader, plain
from ecomscraper.pages.card_layout import CardLayout, has_badge_class
from ecomscraper.pages.lxml_tree import parsed
from ecomscraper.pages.marks import kinds_of, without_numbers
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.pages.price_block import TAIL, TEXT, Place

# Of HTML as a parser writes it: values are in double quotes, and nothing in a text looks like a tag. What decides how
# an element is understood is no gap: class, rel, itemprop, data-price-type; a style that strikes out, or hides. Nor is
# what the other parser would take away.
_NOT_SHARED = r"""(?<!(?:ass|rel|rop|ype)=")(?<!yle="(?=[^"]*(?:line-through|(?i:display))))"""
_NEVER = r"\x00-\x08\x0b-\x1f\ufffe\uffff"
_VALUE = f'[^"{_NEVER}]*+'
_GAPS = {
    "=": ('="' + _NOT_SHARED, _VALUE, '"'),
    ">": (">", f"[^<>{_NEVER}]++", ""),
    "-": ("-", "[0-9]{3,}+", ""),  # of a class
    ".": ("", _VALUE, ""),  # the classes of the card itself
}
"""What is before, in and behind a gap, by its sign, which is the first of what is cut out."""
_ANY_GAP = re.compile(f"({'|'.join(''.join(_GAPS[sign]) for sign in '=>-')})")
_OWN_CLASSES = re.compile(rf'<(?!a )[^>]*? class="({_VALUE})"')  # those of a link tell where it leads
_IN_CLASS = re.compile(r' class="[^"]*$')
_MARK = "\ue000"  # stands in a gap; for private use
_NO_HTML = frozenset({"script", "style", "noscript", "textarea", "title", "iframe", "xmp", "noembed", "noframes"})
_LONGEST = 20_000  # characters of a card
_MOST_FORMS = 128
_MOST_COMMON = 8
_OFTEN = 100  # it pays then to compile a form, which takes 1 ms


class _Form:
    """What a card shares with its like."""

    def __init__(self, card: GappedCard, pattern: str) -> None:
        self.card = card
        self._pattern = pattern
        self.times = 0
        """How often it was asked for by what it shares with other cards."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the HTML of such a card, a group for each gap."""
        return re.compile(self._pattern)


_forms: dict[Hashable, _Form | None] = {}
_common: list[tuple[Hashable, _Form]] = []
"""What the classes of the card itself mean, and its form; the last used first."""


def values_by_form(html: str, currency: PageCurrency, base: str) -> dict[str, Any] | None:
    """`card_values` of a card as a parser writes it.

    None where it is to be parsed for itself: it is very long, or has text where it is no HTML.
    """
    form, gaps = form_of(html)
    return GapReader(form.card, gaps, currency, base).values() if form else None


def form_of(html: str) -> tuple[_Form | None, Sequence[str]]:
    """The form of a card, and what stands in its gaps; None where the card is to be parsed for itself."""
    if len(html) > _LONGEST or "\r" in html:  # the other parser makes line feeds of them
        return None, ()
    return _common_form(html) or _any_form(html)


def _common_form(html: str) -> tuple[_Form, Sequence[str]] | None:
    """To compare a card with whole forms takes 2 µs, to cut it takes 8; but a form must first be compiled."""
    for place, (meaning, form) in enumerate(_common):
        if match := form.pattern.fullmatch(html):
            gaps, own = match.groups(), form.card.own_classes
            if meaning == _meaning(None if own is None else gaps[own]):
                if place:
                    _common.insert(0, _common.pop(place))
                return form, gaps
    return None


def _any_form(html: str) -> tuple[_Form | None, Sequence[str]]:
    shared, cut, classes = _cut(html)
    key = (_meaning(classes), "\0".join(shared))
    if key not in _forms:
        if len(_forms) >= _MOST_FORMS:
            del _forms[next(iter(_forms))]
        _forms[key] = _form(shared, [one[0] for one in cut], classes)
    form = _forms[key]
    if form:
        form.times += 1
        if form.times % _OFTEN == 0:
            _common.insert(0, (key[0], form))
            del _common[_MOST_COMMON:]
    return form, [one[2:-1] if one[0] == "=" else one[1:] for one in cut]


def _cut(html: str) -> tuple[list[str], list[str], str | None]:
    """(what it shares with its like, what is cut out between that, with their signs, its own classes if it is a gap)"""
    own = _OWN_CLASSES.match(html)
    if own is None:
        pieces, classes = _ANY_GAP.split(html), None
    else:
        (first, end), classes = own.span(1), own[1]
        pieces = [*_ANY_GAP.split(html[:first]), "." + classes, *_ANY_GAP.split(html[end:])]
    return pieces[::2], pieces[1::2], classes


def _meaning(classes: str | None) -> Hashable:
    return None if classes is None else _meaning_of(without_numbers(classes))


@lru_cache(maxsize=1024)
def _meaning_of(classes: str) -> Hashable:
    return kinds_of("div", classes, "", has_amount=False), has_badge_class(classes)


def _form(shared: list[str], signs: list[str], classes: str | None) -> _Form | None:
    """The form of what cards share, with the sign before each gap; None where one would be a part of something."""
    if any(_MARK in piece for piece in shared):
        return None
    template, pattern = shared[0], re.escape(shared[0])
    marked: dict[str, int] = {}
    for number, (sign, behind) in enumerate(zip(signs, shared[1:], strict=True)):
        mark = f"{_MARK}{number}{_MARK}"
        if sign == "-":
            if not _IN_CLASS.search(template):
                return None
            mark = "000"
        else:
            marked[mark] = number
        template += {"=": f'="{mark}"', ".": mark}.get(sign, sign + mark) + behind
        pattern += "{}({}){}".format(*_GAPS[sign]) + re.escape(behind)
    card = _parsed_alone(template)
    if card is None:
        return None
    places = dict(_places(card, marked))
    if classes is not None:
        card.set("class", plain(classes))
    layout = CardLayout(card)
    if len(places) < len(marked) or card in layout.marks.all("price"):  # the kind of a price is told by its classes
        return None
    return _Form(GappedCard(layout, [places.get(number) for number in range(len(signs))]), pattern)


def _parsed_alone(html: str) -> Any:
    root = parsed(f"<html><body><div>{html}</div></body></html>").root
    division = root.find("body/div")
    return division[0] if division is not None and len(division) == 1 == len(division.getparent()) else None


def _places(card: Any, marked: dict[str, int]) -> Iterator[tuple[int, Place]]:
    """(its number, where it is) of each gap whose mark is a whole value or text."""
    for element in card.iter():
        for name, value in element.items():
            if value in marked:
                yield marked[value], (element, name)
        if element.text in marked and isinstance(element.tag, str) and element.tag not in _NO_HTML:
            yield marked[element.text], (element, TEXT)
        if element.tail in marked:
            yield marked[element.tail], (element, TAIL)
