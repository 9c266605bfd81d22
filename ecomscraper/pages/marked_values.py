"""What marked elements of a page say: a name, a rating, a picture, a number, whether there is stock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from ecomscraper.pages.availability import availability_of_classes, read_availability
from ecomscraper.pages.document import collapse
from ecomscraper.pages.lxml_tree import string_of
from ecomscraper.pages.product_fields import count_of, gtin_of, rating_of, sku_of, text_of, url_of

_CUT_SIGNS = ("…", "...")
_CUT = re.compile(r"\s*(?:…|\.\.\.)$")
_OUT_OF = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(?:/|out of|of|von|sur|de|di|van|av|z|из|su|\|)\s*(\d+)(?:\s*(?:stars?"
    r"|sterne?n?|étoiles|estrellas))?",
    re.IGNORECASE,
)
_STARS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:stars?|sterne?n?|étoiles?|estrellas?|stelle|★)", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
_STAR_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_STAR_CLASS = re.compile(r"(?:star|stars|rating|rated)[-_](\d)(?:[-_](\d))?(?!\d)")
_BARE = re.compile(r"\d(?:[.,]\d{1,2})?")
_IN_BRACKETS = re.compile(
    r"\(\s*(\d[\d.,' ]*)\s*\)|(\d[\d.,']*)\s*(?:customer |verified )?(?:reviews?|ratings?|bewertung\w*"
    r"|avis|reseñas|opiniones|recensioni|beoordelingen|opinii|recenz\w+|отзыв\w*|評価|レビュー|votes?)",
    re.IGNORECASE,
)
_LABEL = (
    r"(?:sku|bestell(?:nummer|-?nr\.?)|best\.-?nr\.?|part (?:number|no\.?|#)|item #|varen(?:ummer"
    r"|r\.?)|produktnummer|art(?:ikel)?[.-]?\s?-?(?:nr|nummer|no)\.?|article (?:number|no\.?)"
    r"|item (?:number"
    r"|no\.?|code|#)|product (?:code|number|id)|réf(?:érence)?\.?|referencia|ref\.?|codice(?: prodotto)?"
    r"|código|kod(?: produktu)?|artnr\.?|артикул|model(?: no\.?| number)?|style(?: no\.?| number)?"
    r"|商品コード|型番)"
)
_LABELLED_SKU = re.compile(rf"(?<!\w){_LABEL}\s*[:#：]\s*([A-Za-z0-9][\w./+-]*)", re.IGNORECASE)
_SKU_LABEL = re.compile(rf"{_LABEL}\s*[:#：]?", re.IGNORECASE)
_UNSEEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_CODE = re.compile(r"#?\w[\w./+-]*(?: \w[\w./+-]*)?")
_LABELLED_GTIN = re.compile(
    r"(?<!\w)(?:gtin|ean|upc|isbn|barcode|jan)(?:-?(?:8|12|13|14))?(?:\s?code)?\s*[:#：]?\s*([\d -]{8,20}\d)",
    re.IGNORECASE,
)
_SEEN_TEXTS = etree.XPath("descendant::text()[not(parent::script or parent::style or parent::template)]")
SILENT_TAGS = frozenset({"meta", "link", "data"})
"""What these stand for may be an attribute of theirs."""
IMAGE_ATTRIBUTES = (
    "data-zoom-image",
    "data-large_image",
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "src",
)
_PLACEHOLDER = re.compile(  # of an address in lower case: that is searched in a fifth of the time
    r"\{|placeholder|blank\.(?:gif|png)|spacer|loading\.(?:gif|svg)|1x1|pixel\.gif|lazy\.(?:gif|png|svg)"
)


def seen_text(element: Any) -> str:
    """All text of an element, collapsed, or what a `<meta>` or `<data>` stands for."""
    stated = element.get("content") if element.tag in SILENT_TAGS else None
    return collapse(stated) if stated else seen(string_of(element))


def seen(text: str) -> str:
    """Text of a page as a person sees it."""
    return collapse(text.replace("\u00a0", " "))


def whole_name(element: Any, alternatives: Iterable[Any] = ()) -> str | None:
    """The text of an element; where the shop cut it with "…", the whole from a title or alt that begins like it."""
    text = text_of(seen_text(element))
    if is_whole(text):
        return text
    start = _CUT.sub("", text or "").lower()
    related = [element, *element.iterdescendants("a", "img"), *element.iterancestors("a"), *alternatives]
    for one in related:
        for attribute in ("title", "alt", "aria-label"):
            whole = text_of(one.get(attribute))
            if whole and whole.lower().startswith(start) and not whole.endswith(_CUT_SIGNS):
                return whole
    return text


def is_whole(name: str | None) -> bool:
    """Whether it is there, and not cut with "…"."""
    return name is not None and not name.endswith(_CUT_SIGNS)


def image_of(elements: Iterable[Any], base: str) -> str | None:
    """The address of the first picture that is none to fill the place until the real one is loaded."""
    for image in elements:
        for attribute in IMAGE_ATTRIBUTES:
            if (value := image.get(attribute)) and (url := picture_at(value, base)):
                return url
        for attribute in ("data-srcset", "srcset"):
            first = (image.get(attribute) or "").strip().split(" ")[0].rstrip(",")
            if first and (url := picture_at(first, base)):
                return url
    return None


def picture_at(address: str, base: str) -> str | None:
    """The absolute address of a picture; None where it only fills the place of one."""
    lower = address.lower()
    return None if lower.startswith("data:") or _PLACEHOLDER.search(lower) else url_of(address, base)


def shown_rating(elements: Iterable[Any]) -> Decimal | None:
    """A rating to 5 from what is printed, spoken, or drawn: "4.5 out of 5", `title="80%"`, class "star-4"."""
    for element in elements:
        inner = [element, *(one for one in element.iterdescendants() if isinstance(one.tag, str))]
        rating = _stated_rating(inner) or _drawn_rating(inner)
        if rating is not None:
            return rating
    return None


def _stated_rating(inner: list[Any]) -> Decimal | None:
    for one in inner:
        value = one.get("data-rating") or one.get("data-score")
        if "ratingvalue" in (one.get("itemprop") or "").lower():
            value = value or seen_text(one)
        if value and (rating := rating_of(value)) is not None:
            return rating
    texts = [seen_text(inner[0])] + [one.get(name) or "" for one in inner for name in ("aria-label", "title", "alt")]
    for text in texts:
        if match := _OUT_OF.search(text):
            return rating_of(match[1], match[2])
    for text in texts:
        if match := _STARS.search(text):
            return rating_of(match[1])
    return rating_of(texts[0]) if _BARE.fullmatch(texts[0]) else None


def _drawn_rating(inner: list[Any]) -> Decimal | None:
    for one in inner:
        for name in ("title", "style"):
            if match := _PERCENT.search(one.get(name) or ""):
                return rating_of(match[1], "100")
        words = (one.get("class") or "").lower()
        word = next((number for name, number in _STAR_WORDS.items() if name in words.split()), None)
        if word is not None:
            return Decimal(word)
        if match := _STAR_CLASS.search(words):
            return rating_of(f"{match[1]}.{match[2] or 0}" if match[2] else match[1])
    return None


def shown_count(elements: Iterable[Any]) -> int | None:
    """A number of reviews: "(12)", "12 reviews", or a number alone in an element that is for it."""
    for element in elements:
        text = seen_text(element)
        if match := _IN_BRACKETS.search(text):
            return count_of(match[1] or match[2])
        if re.fullmatch(r"[\d.,' ]+", text):
            return count_of(text)
    return None


def text_pieces(element: Any) -> list[str]:
    """Every piece of text that tags separate, collapsed, without blank ones and without code."""
    return [piece for text in _SEEN_TEXTS(element) if (piece := seen(text))]


def shown_sku(elements: Iterable[Any]) -> str | None:
    """The first SKU in elements marked as such, with its label or without."""
    for element in elements:
        if element.tag in {"input", "button"} or element.get("data-sku"):
            sku = sku_of(element.get("data-sku") or element.get("value"))
        elif element.get("content"):
            sku = sku_of(element.get("content"))
        else:
            pieces = text_pieces(element)
            sku = labelled_sku(pieces) or (
                sku_of(pieces[0]) if len(pieces) == 1 and _CODE.fullmatch(pieces[0]) else None
            )
        if sku:
            return sku
    return None


def labelled_sku(pieces: Sequence[str]) -> str | None:
    """The SKU after a word for it: "SKU: A-1", or "Art.-Nr." and in the next piece of text "4711"."""
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=False):
        if _SKU_LABEL.fullmatch(piece) and _CODE.fullmatch(following):
            return sku_of(following)
        if match := _LABELLED_SKU.search(piece):
            return sku_of(match[1])
    return None


def shown_gtin(elements: Iterable[Any]) -> str | None:
    """The first GTIN in elements marked as such."""
    for element in elements:
        text = seen_text(element)
        if gtin := gtin_of(text) or labelled_gtin([text]):
            return gtin
    return None


def labelled_gtin(pieces: Sequence[str]) -> str | None:
    """The GTIN after a word for it, if its check digit is right."""
    for match in _LABELLED_GTIN.finditer(" ".join(pieces)):
        if gtin := gtin_of(match[1]):
            return gtin
    return None


def shown_availability(elements: Iterable[Any]) -> str | None:
    """What marked elements say of the stock, by a schema.org address, words, or the classes of common software."""
    for element in elements:
        if _is_hidden(element):  # to be shown when it becomes true
            continue
        stated = element.get("href") if element.tag == "link" else element.get("content")
        classes = (element.get("class") or "").split()
        term = read_availability(stated or seen_text(element)) or availability_of_classes(classes)
        if term:
            return term
    return None


def _is_hidden(element: Any) -> bool:
    around = (element, element.getparent())
    return any("hidden" in one.attrib or _UNSEEN.search(one.get("style") or "") for one in around if one is not None)


def shown_brand(elements: Iterable[Any]) -> str | None:
    """The first brand; "Brand:" and "by" before it are left out, a text too long for one is none."""
    for element in elements:
        picture = next(element.iterdescendants("img"), None)
        text = text_of(seen_text(element)) or text_of(picture.get("alt") if picture is not None else None)
        if text:
            text = re.sub(
                r"^(?:brand|vendor|manufacturer|marke|hersteller|marque|marca|by)\s*:?\s+",
                "",
                text,
                flags=re.IGNORECASE,
            )
        if text and len(text) <= 60:
            return text
    return None


def shown_description(elements: Iterable[Any], others: Sequence[Any]) -> str | None:
    """The first description; an element that holds one of `others` (name, price) is more than that."""
    elements = list(elements)
    more = {above for one in others for above in (one, *one.iterancestors())} if elements else set()
    return next(filter(None, (text_of(" ".join(text_pieces(one))) for one in elements if one not in more)), None)
