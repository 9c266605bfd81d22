"""What is wrong with a profile, one line for each thing to mend: file, key, value, what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ecomscraper.pagination.page_ref import quoted
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.sites.secrets import MASK, is_secret

_SHOWN_CHARACTERS = 100
_SECRET = re.compile(r"authorization|cookie|token|secret|password|api.?key", re.IGNORECASE)
_WANTED = {
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "greater_than": "must be > {gt:g}",
    "greater_than_equal": "must be ≥ {ge:g}",
    "int_type": "must be a whole number",
    "literal_error": "must be {expected}",
    "mapping_type": "must be a table",
    "model_type": "must be a table",
    "string_type": "must be a string",
    "tuple_type": "must be a list",
}


def shown(value: object, key: str = "") -> str:
    """`value` as it could stand in a profile: one line, no control characters, cut if long, no secrets."""
    if (_SECRET.search(key) or is_secret(key)) and value not in (True, False, {}):
        return f'"{MASK}"'
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{name} = {shown(item, str(name))}" for name, item in value.items()) + "}"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(map(shown, value)) + "]"
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = quoted(value)
    else:
        text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean X?`, or "" when nothing in `names` is like `name`."""
    spellings = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), spellings, n=1, cutoff=0.5)
    return f"; did you mean {spellings[close[0]]}?" if close else ""


def problem_lines(error: ValidationError, file_of: Callable[[Sequence[str]], str]) -> list[str]:
    """One line for each error; `file_of` names the file that is to blame for a key, given as its parts."""
    return [_line(details, file_of) for details in error.errors(include_url=False)]


def _line(details: ErrorDetails, file_of: Callable[[Sequence[str]], str]) -> str:
    path = [str(part) for part in details["loc"] if part != "[key]"]
    key = ".".join(path)
    where = f"{file_of(path)}: {key if key.isprintable() else quoted(key)}"
    if details["type"] == "missing":
        return f"{where} is missing. {_fields(path[:-1])[path[-1]].description}"
    if details["type"] == "extra_forbidden":
        return f"{where} = {shown(details['input'], path[-1])}, unknown key{_allowed(path)}"
    named = path[-1] if path[0] == "headers" else key  # what is wrong with a header is seen in it; some are secret
    return f"{where} = {shown(details['input'], named)}, {_wanted(details)}"


def _wanted(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    if details["type"] == "value_error":
        return str(context["error"])
    wanted = _WANTED.get(details["type"])
    return wanted.format(**context).replace("'", '"') if wanted else details["msg"]


def _allowed(path: Sequence[str]) -> str:
    known = sorted(_fields(path[:-1]))
    hint = nearest(path[-1], known) or "."
    return f"{hint} Allowed: {', '.join(known)}"


def _fields(path: Sequence[str]) -> Mapping[str, FieldInfo]:
    table: type[BaseModel] = SiteProfile
    for key in path:
        table = cast("type[BaseModel]", table.model_fields[key].annotation)  # only tables have keys
    return table.model_fields
