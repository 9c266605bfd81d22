"""A proxy as a line of a list names it. Whatever prints one of these prints no user name and no password."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

SESSION = "{session}"
FORMS = "write http://user:password@host:port, or socks5://host:port"
_SCHEMES = {"http": "http", "socks5": "socks5", "socks5h": "socks5"}
_MOST_OF_SOCKS = 255  # bytes of a name or a password (RFC 1929)


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it listens, and how it knows us. A gateway has `{session}` in its user name or its password."""

    scheme: str
    """"http" or "socks5"; in both cases it is the proxy that looks up the shop's name."""
    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Scheme, host and port: all of it that may be seen."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_gateway(self) -> bool:
        """Whether the user name says which exit is wanted: there are as many as there are sessions."""
        return SESSION in f"{self.user} {self.password}"

    @property
    def authorization(self) -> bytes | None:
        """The value of `Proxy-Authorization` (RFC 7617), or None."""
        if self.user is None:
            return None
        return b"Basic " + b64encode(f"{self.user}:{self.password}".encode())

    def in_session(self, session: str) -> Proxy:
        """The same with `session` in its place."""
        user = None if self.user is None else self.user.replace(SESSION, session)
        return replace(self, user=user, password=self.password.replace(SESSION, session))


def parse_proxy(text: str) -> Proxy:
    """`http://user:password@host:port`, `socks5://…`, `host:port`, or `host:port:user:password` as some sell them.

    A user name and a password are percent-decoded where they stand before an `@`. Raises ValueError in words that
    hold nothing of `text` but its scheme: what is malformed may hide a password anywhere.
    """
    scheme, separator, rest = text.strip().rpartition("://")
    name = scheme.lower() if separator else "http"
    if name not in _SCHEMES:
        raise ValueError(f"a proxy is http:// or socks5://, not {name}://{_instead(name)}")
    credentials, at, place = rest.rstrip("/").rpartition("@")
    user, _, password = (unquote(part) for part in credentials.partition(":"))
    fields = place.split(":")
    if not at and len(fields) == 4 and fields[1].isdecimal():
        place, user, password, at = ":".join(fields[:2]), fields[2], fields[3], "@"
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"there is no host with a port; {FORMS}")
    if not at:
        return Proxy(_SCHEMES[name], _checked_host(host), int(port))
    _check_credentials(_SCHEMES[name], user, password)
    return Proxy(_SCHEMES[name], _checked_host(host), int(port), user, password)


def labels(proxies: Iterable[Proxy], known: Mapping[str, Proxy] | None = None) -> dict[str, Proxy]:
    """Each proxy by a name that may be shown: its address, numbered from the second of an address on.

    Those of `known` keep theirs; whatever is listed twice is there once.

    >>> list(labels([Proxy("http", "a", 1, "x"), Proxy("http", "a", 1, "y")]))
    ['http://a:1', 'http://a:1#2']
    """
    old = {proxy: label for label, proxy in (known or {}).items()}
    wanted = list(dict.fromkeys(proxies))
    named = {old[proxy]: proxy for proxy in wanted if proxy in old}
    for proxy in wanted:
        if proxy not in old:
            label, number = proxy.address, 1
            while label in named:
                number += 1
                label = f"{proxy.address}#{number}"
            named[label] = proxy
    return named


def _instead(scheme: str) -> str:
    if scheme == "https":  # many lists write so for a proxy that tunnels https
        return "; the pages of https shops go through http:// ones, too (CONNECT)"
    return ""


def _checked_host(host: str) -> str:
    plain = host.removeprefix("[").removesuffix("]")
    is_bracketed = plain != host
    if not plain or any(mark in plain for mark in "/?#@[]\\ \t") or not plain.isprintable():
        raise ValueError(f"there is no usable host in it; {FORMS}")
    if (":" in plain) != is_bracketed:
        raise ValueError("an IPv6 address stands in brackets, as in http://[2001:db8::1]:8080")
    return plain.lower()


def _check_credentials(scheme: str, user: str, password: str) -> None:
    if not user:
        raise ValueError(f"there is an @ and no user name before it; {FORMS}")
    if ":" in user:
        raise ValueError("there is a colon in the user name, which no proxy can take apart (RFC 7617)")
    if not f"{user}{password}".isprintable():
        raise ValueError("there is a control character in its user name or password")
    if scheme == "socks5" and max(len(user.encode()), len(password.encode())) > _MOST_OF_SOCKS:
        raise ValueError(f"SOCKS5 takes user names and passwords of {_MOST_OF_SOCKS} bytes at most (RFC 1929)")
