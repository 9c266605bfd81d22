"""Session ids in links: the same page has another address for each visitor, or at each visit."""

from __future__ import annotations

import re

_PATH_PARAMETER = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
# PHP, Java, osCommerce, Zen Cart, xt:Commerce, ColdFusion: nobody calls anything else so.
_SURE = re.compile(
    r"phpsessid|jsessionid|oscsid|zenid|xtcsid|modsid|cfid|cftoken|aspsessionid\w*|___sid|force_sid|sessid"
    r"|session_?id",
    re.IGNORECASE,
)
_LIKELY = re.compile(r"s?sid|session|sess|stoken", re.IGNORECASE)  # or the number of a shelf: its value decides
_LONG_TOKEN = re.compile(r"[0-9A-Za-z,_-]{16,}")


def without_session_id(url: str) -> str:
    """`url` without the session ids that shops' software is known to put into links; all else as it stands.

    >>> without_session_id("https://shop.example/all;jsessionid=1A?page=2&osCsid=77&sid=5")
    'https://shop.example/all?page=2&sid=5'
    """
    if "=" not in url:
        return url
    address, hash_sign, fragment = url.partition("#")
    path, question_mark, query = address.partition("?")
    path = _PATH_PARAMETER.sub("", path)
    if not question_mark:
        return f"{path}{hash_sign}{fragment}"
    kept = "&".join(part for part in query.split("&") if not _is_session_id(part))
    return f"{path}{'?' if kept else ''}{kept}{hash_sign}{fragment}"


def page_key(url: str) -> str:
    """What tells two pages apart: the address without session ids and fragment."""
    return without_session_id(url.partition("#")[0])


def _is_session_id(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    if _SURE.fullmatch(name):
        return True
    return bool(_LIKELY.fullmatch(name) and _LONG_TOKEN.fullmatch(value))
