"""Lists of proxies by their names: in the setting itself, or in a file that may change while it is in use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ecomscraper.exceptions import ConfigurationError
from ecomscraper.proxies.address import SESSION, Proxy, parse_proxy

NONE = "none"  # the name by which a profile wants no list although the setting names one
_SETTING = "ECOM_PROXIES"
_SHAPE = f'{_SETTING} must be a table of lists by name, as in {{"mine": "data/proxies.txt", "gate": ["http://…"]}}'
_MOST_PROBLEMS = 5  # lines that are told


class ProxyList:
    """A list by its name. Raises ConfigurationError, one line for each thing to mend, without a word of a password."""

    def __init__(self, name: str, entry: Any) -> None:
        self.name = name
        self.file: Path | None = None
        self._stamp: tuple[int, int] | None = None
        if isinstance(entry, str) and "://" not in entry and SESSION not in entry:
            self.file = Path(entry)
            self.proxies = self._read()
        else:
            self.proxies = self._parsed([entry] if isinstance(entry, str) else entry)

    def changed(self) -> bool:
        """Whether the file was written anew, and `proxies` are the new ones.

        Raises ConfigurationError, once for each state of the file, where it cannot be used; the old ones hold then.
        """
        if self.file is None or self._stamp == (stamp := _stamp(self.file)):
            return False
        self._stamp = stamp
        before, self.proxies = self.proxies, self._read()
        return before != self.proxies

    def _parsed(self, entries: Any) -> tuple[Proxy, ...]:
        if not isinstance(entries, Sequence) or not all(isinstance(entry, str) for entry in entries):
            raise ConfigurationError(_SHAPE)
        return _proxies(entries, f"{_SETTING}: {self.name}", ": entry ")

    def _read(self) -> tuple[Proxy, ...]:
        assert self.file is not None
        where = f"{_SETTING}: {self.name}: {self.file}"
        self._stamp = _stamp(self.file)
        try:
            lines = self.file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else f"is not UTF-8: byte {error.start}"
            raise ConfigurationError(f"{where}: cannot be read: {why}") from None  # the text may hold passwords
        return _proxies(lines, where, ":")


def proxy_list(setting: Any, name: str, origin: str) -> ProxyList:
    """The list `name` of the setting ECOM_PROXIES, as a table or as JSON; `origin` is who named it.

    Raises ConfigurationError where there is none, or it is empty or malformed.
    """
    table = _table(setting)
    if name not in table:
        near = get_close_matches(name, table, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(table) or 'none'}"
        raise ConfigurationError(f'{origin} = "{name}", {_SETTING} has no list of that name; {hint}')
    return ProxyList(name, table[name])


def list_names(setting: Any) -> list[str]:
    """The names of all lists. Raises ConfigurationError where the setting is no table."""
    return list(_table(setting))


def _table(setting: Any) -> Mapping[str, Any]:
    try:
        table = json.loads(setting) if isinstance(setting, str) and setting.strip() else setting or {}
    except ValueError:
        raise ConfigurationError(_SHAPE) from None  # the cause shows the text, and there may be passwords in it
    if not isinstance(table, Mapping):
        raise ConfigurationError(_SHAPE)
    return table


def _proxies(lines: Iterable[str], where: str, numbered: str) -> tuple[Proxy, ...]:
    proxies, problems = [], []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            proxies.append(parse_proxy(text))
        except ValueError as error:
            problems.append(f"{where}{numbered}{number}: {error}")
    if problems:
        raise ConfigurationError("\n".join(problems[:_MOST_PROBLEMS]))
    if not proxies:
        raise ConfigurationError(f"{where}: there is no proxy in it, and nothing goes out without one")
    return tuple(dict.fromkeys(proxies))


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
