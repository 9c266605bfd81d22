"""Which crawl `-a crawl=ID` means, and whether it may be joined as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.tables import crawls
from ecomscraper.sites.secrets import MASK


def crawl_to_join(connection: Connection, spider: str, arguments: Mapping[str, str]) -> Row[Any]:
    """The shared crawl that runs under the number `-a crawl=ID`. Raises ArgumentError where there is none."""
    which = arguments["crawl"]
    if other := next((name for name in ("resume", "retry") if name in arguments), None):
        raise ArgumentError(f"-a {other}=… opens a crawl again, -a crawl={which} joins one that runs: give one of them")
    if not which.isdecimal():
        raise ArgumentError(f"-a crawl={which}: give the number of a crawl; `scrapy crawls list` shows them")
    row = connection.execute(select(crawls).where(crawls.c.id == int(which))).one_or_none()
    if row is None:
        raise ArgumentError(f"-a crawl={which}: there is no crawl {which} in this database")
    if row.spider != spider:
        raise ArgumentError(f"-a crawl={which}: crawl {which} is one of the spider {row.spider}, not of {spider}")
    if not row.shared:
        raise ArgumentError(
            f"-a crawl={which}: crawl {which} belongs to one process; `scrapy workers` starts crawls that can be joined"
        )
    if row.status != "running":
        raise ArgumentError(
            f"-a crawl={which}: crawl {which} is {row.status}; "
            f"`scrapy workers {spider} -a resume={which}` goes on with it"
        )
    for name, value in arguments.items():
        was = str(row.arguments.get(name, row.site if name == "site" else ""))
        if name != "crawl" and not name.startswith("_") and value != was and was != MASK:
            began = f"was started with {name}={was}" if was else f"was started without {name}"
            raise ArgumentError(f"-a {name}={value}: crawl {which} {began}; leave it out")
    return row
