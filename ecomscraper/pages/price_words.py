"""The words around a price, in the languages of many shops, and what they make of the number beside them."""

from __future__ import annotations

import re

_FROM = (
    r"from|starting (?:at|from)|starts at|as low as|ab|von|dès|des|à partir de|a partire da"
    r"|a partir de|desde|da|vanaf"
    r"|od|от|від|från|fra|alkaen|καθαρά από|από|από|itibaren|mulai|từ|a partir d'|-tól|min\.?"
)
_OLD = (
    r"was|were|original price(?: was)?|originally|old price|regular price was|list price|rrp"
    r"|r\.r\.p\.|srp|msrp|m\.s\.r\.p\."
    r"|retail(?: price)?|reg\.?|compare at|before|statt|uvp\*?|uvp des herstellers|bisher|vorher|ehemals|alter preis"
    r"|au lieu de|prix conseillé|ancien prix|prix barré|antes|precio anterior|precio original"
    r"|pvp|pvpr|prezzo originale"
    r"|prima|anziché|listino|adviesprijs|was vroeger|van|stara cena|cena regularna|przed|původně|běžná cena"
    r"|ord\.?(?: pris)?|tidigare(?: pris)?|før|førpris|veil\.? ?pris|norm\.|ovh|старая цена|было|вместо|de:?(?= ?r\$)"
    r"|定価|参考価格|通常価格|原价|市场价"
)
_PRICE = (
    r"price|our price|now|only|just|sale|sale price|special price|special|final price|today"
    r"|current price|offer|deal|cost|inc|incl|including|vat|tax|gst|excl|ex"
    r"|preis|unser preis|jetzt|nur|aktion|angebot|inkl|zzgl|mwst|prix|maintenant|ttc|ht|seulement"
    r"|precio|ahora|oferta|iva|incluido|solo|por"
    r"|preço|agora|prezzo|ora|prijs|nu|voor|btw|cena|kurz|pris|nå|nyt|moms|hinta|alv|fiyat|kdv"
    r"|цена|ціна|сейчас|нині|τιμή|ár|preț|acum"
    r"|価格|税込|税抜|特価|价格|售价|含税|가격|harga|giá|السعر|سعر|מחיר|each|ea|stk|to|bis|au|και|e|y|and|or|und|et"
)
_NO_PRICE = (
    r"save|you save|saving|savings|sie sparen|spare|sparen|économisez|ahorra|ahorras|risparmi"
    r"|bespaar|oszczędzasz|spar"
    r"|shipping|delivery|postage|versand|versandkosten|livraison|envío|frete|spedizione|verzending|dostawa|over|above"
    r"|free over|ab einem wert von|deposit|cashback|rabatt|discount|coupon|code|item|sku|no\.|nr\.|art\."
)
_MONTHLY = r"month|mo\.?|monat|mois|mes|mese|maand|mnd\.?|md\.?|mån|week|wk|year|yr|day|night|tag|jour|día"
_UNIT = (
    r"k?gr?|mg|ml|cl|dl|l|ltr|lt|lit(?:er|re|ro)s?|oz|lbs?|m|cm|mm|m²|m2|ft|inch(?:es)?|wash"
    r"|sheets?|kilo|100 ?(?:g|ml)|unit|capsules?|stk|stück|st|pcs|piece"
)

_WORD_START, _WORD_END = r"(?<![^\W\d_])", r"(?![^\W\d_]|\$)"  # "5 CL$" is money, "5 cl" is not

BEFORE_LOWEST = re.compile(rf"{_WORD_START}(?:{_FROM}):? ?$", re.IGNORECASE)
"""At the end of the text before a price."""
BEFORE_OLD = re.compile(rf"{_WORD_START}(?:{_OLD})[:,]? ?[(]?$", re.IGNORECASE)
BEFORE_NO_PRICE = re.compile(
    rf"(?:{_WORD_START}(?:{_NO_PRICE})(?: (?:of|up to|bis zu|jusqu'à|hasta))?:? ?|{_WORD_START}\d+ ?[x×] ?(?:de"
    rf"|of|à|a|da|z)? ?|[/#=] ?|(?:^|(?<!\d)[ (])[-+])$",
    re.IGNORECASE,
)
"""A saving, shipping, an instalment, the price of a unit, a number of something."""
AFTER_NO_PRICE = re.compile(
    rf" ?(?:%|[x×] ?\d|[x×] (?:de|of)|° ?|\*? ?(?:/|per|pro|je|par|al|a la|por) ?\d*[.,]?\d* ?(?:{_MONTHLY}"
    rf"|{_UNIT}){_WORD_END}"
    rf"|(?:{_UNIT}|gb|tb|mp|hz|w|v|mah){_WORD_END}|万|億|만|lakh|crore|mln|million|[kK]{_WORD_END}"
    rf"|[x×] |off{_WORD_END})",
    re.IGNORECASE,
)
WITHOUT_TAX = re.compile(
    r"[ (]*(?:ex\.?|excl\.?|exkl\.?|excluding|without|plus|zzgl\.?|\+|bez|sin|sans|hors|senza) ?(?:vat"
    r"|tax|gst|mwst|btw|moms|dph|iva|tva|ust)|[ (]*(?:h\.?t\.?|netto)(?![^\W\d_])",
    re.IGNORECASE,
)
RANGE = re.compile(r" ?(?:-|~|to|through|bis|à|a|au|till|до|do|tot|hasta|al|~) ?", re.IGNORECASE)
"""The whole of the text between two prices."""
PRICE_WORDS = re.compile(rf"{_WORD_START}(?:{_FROM}|{_OLD}|{_PRICE}){_WORD_END}", re.IGNORECASE)
