"""Whether a product can be had, in schema.org's terms: <https://schema.org/ItemAvailability>."""

from __future__ import annotations

import re
from collections.abc import Iterable

TERMS = (
    "InStock", "OutOfStock", "PreOrder", "BackOrder", "SoldOut", "Discontinued", "LimitedAvailability",
    "InStoreOnly", "OnlineOnly", "MadeToOrder", "PreSale", "Reserved",
)  # fmt: skip
_BY_NAME = {term.lower(): term for term in TERMS} | {
    "available": "InStock", "availablefororder": "InStock", "availabletoorder": "InStock", "instocks": "InStock",
    "yes": "InStock", "true": "InStock", "1": "InStock", "onstock": "InStock", "oos": "OutOfStock", "no": "OutOfStock",
    "unavailable": "OutOfStock", "notavailable": "OutOfStock", "notinstock": "OutOfStock", "false": "OutOfStock",
    "0": "OutOfStock", "outofstocks": "OutOfStock", "onbackorder": "BackOrder", "availableonbackorder": "BackOrder",
    "backordered": "BackOrder", "limited": "LimitedAvailability", "lowstock": "LimitedAvailability",
    "pending": "PreOrder", "availablefutureorder": "PreOrder", "preordered": "PreOrder", "instoreonly": "InStoreOnly",
}  # fmt: skip

# In this order: "not in stock" holds "in stock", "sold out – back in stock soon" is sold out.
_WORDS: tuple[tuple[str | None, str], ...] = (
    (
        "Discontinued",
        r"discontinued|no longer (?:available|sold|produced)|nicht mehr (?:lieferbar|erhältlich"
        r"|verfügbar)|n'est plus (?:disponible|commercialisé)"
        r"|descatalogado|fuori produzione|niet meer leverbaar|utgått|utgår|снят с производства|販売終了",
    ),
    (
        "SoldOut",
        r"sold[ -]?out|ausverkauft|vergriffen|épuisé|agotad[oa]s?|esgotad[oa]s?|esaurit[oaie]|uitverkocht"
        r"|wyprzedan\w*|vyprodán\w*|slutsåld\w*"
        r"|slut i lager|utsolgt|udsolgt|loppuunmyyty|tükendi|elfogyott|epuizat|распродано|売り切れ|完売"
        r"|在庫切れ|품절|售罄|已售完|habis terjual|hết hàng|εξαντλ\w+|נמכר",
    ),
    (
        "OutOfStock",
        r"out[ -]?of[ -]?stock|not (?:currently |yet )?(?:available|in stock)|(?:currently |temporarily )?unavailable"
        r"|no stock|0 in stock"
        r"|nicht (?:auf lager|vorrätig|lieferbar|verfügbar)|derzeit nicht|(?:en )?rupture(?: de stock)?"
        r"|non disponib\w+|indisponible|pas en stock"
        r"|sin (?:stock|existencias)|fuera de stock|no disponible|fora de estoque|sem (?:estoque"
        r"|stock)|indisponível|não disponível"
        r"|niet (?:op voorraad|leverbaar|beschikbaar)|brak (?:w magazynie|towaru)|niedostępn\w*"
        r"|nie ma na stanie|není skladem|nedostupn\w*"
        r"|ej i lager|inte i lager|ikke på lager|ei varastossa|stokta yok|nincs (?:raktáron|készleten)"
        r"|stoc epuizat|indisponibil"
        r"|нет в наличии|отсутствует|немає в наявності|закінчився|在庫なし|无货|缺货|無貨|غير متوفر|נגמר|אזל"
        r"|stok habis",
    ),
    # An offer to tell when it comes says nothing of today.
    (None, r"notify me|email (?:me )?when|back[ -]in[ -]stock|benachrichtig\w*|prévenez-moi|avísame|avvisami"),
    (
        "PreOrder",
        r"pre[ -]?order|vorbestell\w*|précommand\w*|pré-commande|preventa|reserva anticipada|pré-venda"
        r"|preordin\w*|prenotazione|voorbestel\w*|przedsprzedaż|předobjedn\w*"
        r"|förbeställ\w*|forhåndsbest\w*|forudbestil\w*|ön sipariş|предзаказ|передзамовлення|予約|예약|预售",
    ),
    (
        "BackOrder",
        r"(?:on )?back[ -]?order(?:ed)?|nachbestell\w*|lieferrückstand|sur commande|bajo pedido"
        r"|sob encomenda|su ordinazione|nabestelling|in nabestelling|na zamówienie|na objednávku"
        r"|beställningsvara|под заказ|під замовлення|取り寄せ",
    ),
    (
        "LimitedAvailability",
        r"(?:only )?\d+ (?:left|remaining)|low (?:in )?stock|limited (?:stock|availability)|last (?:one"
        r"|few|items?)|almost gone|nur noch \d+|wenige verfügbar"
        r"|plus que \d+|stock limité|últimas unidades|ultimi pezzi|laatste (?:exemplaren|stuks)"
        r"|ostatnie sztuki|poslední kus\w*|残りわずか",
    ),
    (
        "InStock",
        r"in[ -]?stock|instock|available|ready to ship|auf lager|vorrätig|sofort (?:lieferbar|verfügbar"
        r"|versandfertig)|lieferbar|verfügbar|lagernd|en stock|disponib\w+"
        r"|em estoque|em stock|disponível|op voorraad|leverbaar|beschikbaar|dostępn\w*|w magazynie"
        r"|na stanie|skladem|dostupn\w*|na sklade"
        r"|i lager|på lager|finns i lager|varastossa|saatavilla|stokta(?: var)?|raktáron|készleten"
        r"|în stoc|in stoc|на складе|в наличии|є в наявності|в наявності|в наличност"
        r"|在庫あり|在庫有|재고 있음|有货|有貨|现货|متوفر|במלאי|còn hàng|tersedia|διαθέσιμο|σε απόθεμα",
    ),
)
_PATTERNS = [(term, re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE)) for term, words in _WORDS]
_CLASSES = {
    "instock": "InStock", "in-stock": "InStock", "outofstock": "OutOfStock", "out-of-stock": "OutOfStock",
    "onbackorder": "BackOrder", "available-on-backorder": "BackOrder", "sold-out": "SoldOut", "soldout": "SoldOut",
    "product-unavailable": "OutOfStock", "product-available": "InStock", "price--sold-out": "SoldOut",
    "is-sold-out": "SoldOut", "product--sold-out": "SoldOut", "product-last-items": "LimitedAvailability",
}  # fmt: skip
_LONGEST = 300
_BEST_FIRST = ("InStock", "LimitedAvailability", "OnlineOnly", "InStoreOnly", "MadeToOrder", "PreOrder", "PreSale",
               "BackOrder", "Reserved", "OutOfStock", "SoldOut", "Discontinued")  # fmt: skip


def read_availability(value: object) -> str | None:
    """The term that a URL, a term, a truth value or words in many languages mean; None when they mean none.

    >>> read_availability("https://schema.org/InStock"), read_availability("Nicht auf Lager")
    ('InStock', 'OutOfStock')
    """
    text = str(value).strip() if isinstance(value, (str, bool, int)) else ""
    name = re.sub(r"[\s_-]", "", re.split(r"[/#]", text.rstrip("/"))[-1]).removeprefix("schema:").lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if not text or len(text) > _LONGEST or text.startswith(("http:", "https:")):
        return None
    text = text.replace("’", "'")
    return next((term for term, pattern in _PATTERNS if pattern.search(text)), None)


def availability_of_classes(names: Iterable[str]) -> str | None:
    """What class names say in the software many shops run on: "instock", "outofstock", "onbackorder"."""
    for name in names:
        if name in _CLASSES:
            return _CLASSES[name]
    return None


def best_availability(terms: Iterable[str | None]) -> str | None:
    """Of several variants or offers: the product can be had if one of them can."""
    known = {term for term in terms if term}
    return next((term for term in _BEST_FIRST if term in known), None)
