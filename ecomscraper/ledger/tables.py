"""The tables of the ledger and of the results: made to be read with any SQL tool.

Every change below is a new version of the schema, with its step in `upgrades`.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
    event,
    literal_column,
    text,
)
from sqlalchemy.schema import ExecutableDDLElement

from ecomscraper.ledger.column_types import Key, Moment, Money, ShopNumber, digest

metadata = MetaData()

schema = Table("ecomscraper_schema", metadata, Column("version", Integer, primary_key=True))

crawls = Table(
    "crawls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", Text, nullable=False, comment="name of the profile"),
    Column("spider", Text, nullable=False),
    Column("status", Text, nullable=False, comment="running, finished, stopped or broken"),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("arguments", JSON, nullable=False, comment="what was given with -a"),
    Column("profile", JSON, nullable=False, comment="the effective site profile"),
    Column("outputs", JSON, nullable=False, comment="URIs of the feeds"),
    Column("hosts", JSON, nullable=False, comment="hosts it holds while it runs"),
    Column("pid", Integer, nullable=False),
    Column("version", Text, nullable=False, comment="of ecomscraper"),
    Column("exit_code", Integer),
    Column("verdict", JSON, comment="what the crawl came to, with the figures"),
    Column("shared", Boolean, nullable=False, server_default=text("false"), comment="workers may join it"),
    Column("reparsed_from", Integer, comment="the crawl whose kept answers it read; it asked no shop"),
    CheckConstraint("status IN ('running', 'finished', 'stopped', 'broken')", name="crawls_status"),
    sqlite_autoincrement=True,  # an id is never used twice, even after a purge
)

pages = Table(
    "pages",
    metadata,
    Column("crawl_id", Integer, ForeignKey("crawls.id", ondelete="CASCADE"), primary_key=True),
    Column("position", BigInteger, primary_key=True, comment="its place in the crawl's order, from 1"),
    Column("kind", Text, nullable=False, server_default=text("'listing'"), comment="listing, menu, product or url"),
    Column("listing", BigInteger, comment="number of its listing, from 1, where the shop has several"),
    Column("page", ShopNumber, nullable=False, comment="its number in the listing or in the list of URLs"),
    Column("url", Text, nullable=False, comment="as asked for"),
    Column("status", Text, nullable=False, server_default=text("'pending'")),
    Column("reason", Key, comment="why it failed, why it waits, or by which rule the listing ends here"),
    Column("detail", Text, comment="the same in words"),
    Column("due_at", Moment, comment="a page that failed and waits: its next try is not before"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("refusals", Integer, nullable=False, server_default=text("0"), comment="tries that the shop refused"),
    Column("http_status", Integer),
    Column("final_url", Text, comment="as answered, after redirects"),
    Column("same_as", BigInteger, comment="position of the page of this crawl that it redirected onto"),
    Column("fetched_at", Moment),
    Column("size_bytes", Integer, comment="of the decoded body"),
    Column("declared_total", ShopNumber, comment="products in the whole listing, as this page says"),
    Column("last_page", ShopNumber, comment="of the listing, as this page's pager says"),
    Column("cards", ShopNumber, comment="products shown on this page"),
    Column("fingerprint", Text, comment="of what it shows: the same for two pages that show the same"),
    Column("items", Integer, comment="rows it gave"),
    Column("invalid", Integer, comment="items that did not validate"),
    Column("leased_by", Integer, comment="the worker that has the page, or settled it"),
    CheckConstraint("status IN ('pending', 'stored', 'failed')", name="pages_status"),
    CheckConstraint("status <> 'failed' OR reason IS NOT NULL", name="pages_reason"),
    sqlite_with_rowid=False,
)
# Only pages that are not done are ever looked for by status: small indexes that a settled page leaves. SQLite takes a
# partial index only where the query names the status itself, not as a parameter, and prefers it to the primary key
# only where it knows more columns of it: so the status stands first in them.
is_pending = pages.c.status == literal_column("'pending'")
is_failed = pages.c.status == literal_column("'failed'")
Index(
    "pages_pending",
    pages.c.status,
    pages.c.crawl_id,
    pages.c.due_at,  # those that wait do not stand in the way of those that do not
    pages.c.position,
    sqlite_where=is_pending,
).ddl_if(dialect="sqlite")
# PostgreSQL does not see that where due_at IS NULL the order is that of the positions: an index for each of the two.
Index(
    "pages_fresh",
    pages.c.crawl_id,
    pages.c.position,
    postgresql_where=and_(is_pending, pages.c.due_at.is_(None)),
).ddl_if(dialect="postgresql")
Index(
    "pages_waiting",
    pages.c.crawl_id,
    pages.c.due_at,
    pages.c.position,
    postgresql_where=and_(is_pending, pages.c.due_at.is_not(None)),
).ddl_if(dialect="postgresql")
Index(
    "pages_failed",
    pages.c.status,
    pages.c.crawl_id,
    pages.c.reason,
    pages.c.position,
    sqlite_where=is_failed,
    postgresql_where=is_failed,
)
is_leased = pages.c.leased_by.is_not(None)
Index(  # a page that no worker ever had is not in it
    "pages_leased",
    pages.c.status,
    pages.c.crawl_id,
    pages.c.leased_by,
    pages.c.position,
    sqlite_where=and_(is_pending, is_leased),
    postgresql_where=and_(is_pending, is_leased),
)
Index("pages_url", pages.c.crawl_id, digest(pages.c.url))  # finds the page that another one was redirected onto

titles = Table(
    "titles",
    metadata,
    Column("crawl_id", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("page", ShopNumber, nullable=False),
    Column("title", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("site_title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("final_url", Text, nullable=False),
    Column("fetched_at", Moment, nullable=False),
    ForeignKeyConstraint(["crawl_id", "position"], ["pages.crawl_id", "pages.position"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)

# With row ids: its keys come in no order, and a row is large. In the order of the keys each of a batch's rows changed
# a page of the file by itself, twice as much to write; a database that is there already keeps that order.
products = Table(
    "products",
    metadata,
    Column("crawl_id", Integer, ForeignKey("crawls.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Key, primary_key=True, comment="its URL; without one its SKU and name"),
    Column("source_position", BigInteger, nullable=False, comment="of the page that its values come from"),
    Column("name", Text, nullable=False),
    Column("price", Money),
    Column("regular_price", Money),
    Column("currency", String(3)),
    Column("availability", Text),
    Column("sku", Text),
    Column("brand", Text),
    Column("gtin", Text),
    Column("image_url", Text),
    Column("rating", Money),
    Column("review_count", ShopNumber),
    Column("description", Text),
    Column("url", Text),
    Column("fetched_at", Moment, nullable=False),
    Column("source", JSON, nullable=False, comment="which field came from where"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("crawl_id", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True, comment="of the listing page that shows the product"),
    Column("place", Integer, primary_key=True, comment="on that page, from 1"),
    Column("key", Key, nullable=False, comment="of the product"),
    Column("card", Text, comment="what the card says, in short: to tell whether it changed"),
    ForeignKeyConstraint(["crawl_id", "position"], ["pages.crawl_id", "pages.position"], ondelete="CASCADE"),
    Index("sightings_key", "crawl_id", "key", "position", "place"),
    sqlite_with_rowid=False,
)

answers = Table(
    "answers",
    metadata,
    Column("crawl_id", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("method", Text, nullable=False),
    Column("repeatable", Boolean, comment="where it failed: a second try could do no harm"),
    Column("seconds", Float, comment="of the last try, to its last byte or its failure"),
    Column("content_type", Text),
    Column("json", JSON(none_as_null=True), comment="the body, where it is JSON"),
    Column("text", Text, comment="the body, where it is another text"),
    ForeignKeyConstraint(["crawl_id", "position"], ["pages.crawl_id", "pages.position"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)

workers = Table(
    "workers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("crawl_id", Integer, ForeignKey("crawls.id", ondelete="CASCADE"), nullable=False),
    Column("host", Text, nullable=False, comment="the machine"),
    Column("pid", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("lease_until", Moment, nullable=False, comment="by the database's clock: it has told that it lives"),
    Column("left_at", Moment, comment="its pages are free since"),
    Column("leads", Boolean, nullable=False, comment="it finds pages, writes the feeds and the verdict"),
    Column("wants", Boolean, nullable=False, comment="it has pages to fetch"),
    Column("seats", Integer, nullable=False, comment="requests that it may have under way"),
    Index("workers_crawl", "crawl_id", "left_at"),
    sqlite_autoincrement=True,  # a lease of a worker that is gone is nobody else's
)

bodies = Table(
    "bodies",
    metadata,
    Column("crawl_id", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("headers", JSON, nullable=False, comment="of the answer, as [name, value]"),
    Column("body", LargeBinary, nullable=False, comment="of the answer, decoded, then packed by zstd"),
    ForeignKeyConstraint(["crawl_id", "position"], ["pages.crawl_id", "pages.position"], ondelete="CASCADE"),
)

throttle_memory = Table(
    "throttle_memory",
    metadata,
    Column("host", Text, primary_key=True, comment="with its port where it is not the usual one"),
    Column("way", Text, primary_key=True, comment="direct, or host and port of the proxy"),
    Column("learnt_at", Moment, nullable=False),
    Column("state", JSON, nullable=False, comment="concurrency, seats, rates, why"),
    sqlite_with_rowid=False,
)

throttle_samples = Table(
    "throttle_samples",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("crawl_id", Integer, ForeignKey("crawls.id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False, comment="the end of the sample"),
    Column("host", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("seconds", Float, nullable=False, comment="that the sample lasted"),
    Column("concurrency", Integer, nullable=False, comment="requests that may be under way"),
    Column("spacing_seconds", Float, nullable=False, comment="between two requests, at least"),
    Column("in_flight", Integer, nullable=False),
    Column("served", Integer, nullable=False, comment="answers in these seconds"),
    Column("refused", Integer, nullable=False, comment="429, 503 and the like"),
    Column("failed", Integer, nullable=False, comment="timeouts, resets, other errors of the server"),
    Column("latency_median_seconds", Float, comment="of those served"),
    Column("latency_p95_seconds", Float),
    Column("pages_stored", Integer, nullable=False, comment="by the whole crawl so far"),
    Column("pages_failed", Integer, nullable=False),
    Column("why", Text, nullable=False, comment="what the throttle does, and why"),
    Index("throttle_samples_crawl", "crawl_id", "at"),
)
# The rows of a new crawl are in no statistics, so PostgreSQL would take them for few, and read them all each time.
_NO_STATISTICS: ExecutableDDLElement = DDL(  # type: ignore[no-untyped-call]
    "ALTER TABLE %(table)s ALTER COLUMN crawl_id SET STATISTICS 0"
).execute_if(dialect="postgresql")
for _table in metadata.tables.values():
    if "crawl_id" in _table.c:
        event.listen(_table, "after_create", _NO_STATISTICS)
