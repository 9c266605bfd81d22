"""The ledger of one crawl: its list of pages, each pending until it is stored or failed, exactly once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, Select, func, select

from ecomscraper.archive.packing import PackedAnswer
from ecomscraper.exceptions import EcomscraperError
from ecomscraper.items import Bundle, no_pages
from ecomscraper.ledger.answer_rows import insert_answers
from ecomscraper.ledger.body_rows import insert_bodies
from ecomscraper.ledger.column_types import digest
from ecomscraper.ledger.fresh_products import FreshProducts
from ecomscraper.ledger.many_rows import insert_rows, rows_with, update_rows
from ecomscraper.ledger.page_rows import COUNTED, OF_THE_ANSWER, failed_row, gain_of, postponed_row, stored_row
from ecomscraper.ledger.results import insert_items
from ecomscraper.ledger.tables import is_pending, pages
from ecomscraper.ledger.tally import Gain, Tally, tally_of
from ecomscraper.ledger.writer import Writer, WriterLimits
from ecomscraper.pagination.page_ref import LISTING, OWN_PAGES, PRODUCT, PageRef

T = TypeVar("T")
INSERT_PAGES = 10_000  # pages written by one statement


class PendingPage(NamedTuple):
    position: int
    page: int
    url: str
    attempts: int
    kind: str = LISTING


@dataclass(slots=True)
class PageFailure:
    """A page that ends without items."""

    position: int
    reason: str  # one of verdict.reasons
    detail: str = ""  # the error in words
    attempts: int = 1
    http_status: int | None = None
    final_url: str | None = None
    fetched_at: datetime | None = None
    size_bytes: int | None = None
    declared_total: int | None = None
    last_page: int | None = None
    cards: int | None = None
    next_url: str | None = None
    fingerprint: str | None = None
    invalid: int = 0
    kept: list[Any] = field(default_factory=list)  # an endpoint's row, which has body and time however it ended
    repeatable: bool = True  # a resumed crawl may ask again unasked
    new_pages: Callable[[], Iterable[PageRef]] = no_pages  # as of a bundle: a page that failed may know the others
    packed: PackedAnswer | None = None  # the whole answer, where it is kept

    @classmethod
    def instead_of(cls, bundle: Bundle, reason: str, detail: str) -> PageFailure:
        """The failure of a page that answered, and whose items are lost all the same."""
        said = {name: getattr(bundle, name) for name in (*OF_THE_ANSWER, "next_url", "packed")}
        return cls(bundle.position, reason, detail, **said)


@dataclass(frozen=True, slots=True)
class Postponement:
    """A page that is tried again later: it stays pending, and is not given out before `due_at`."""

    position: int
    due_at: datetime
    reason: str | None  # why the last try failed; one of verdict.reasons
    detail: str  # the error, or what it waits for, in words
    attempts: int  # tries that failed


Settlement = Bundle | PageFailure | Postponement


class Lessee(Protocol):
    """A worker of a crawl that several share: it has pages, and settles no others. See `workers.worker`."""

    number: int
    tells: Callable[[int], bool]

    def take(self, connection: Connection, limit: int, apart: Collection[int]) -> list[PendingPage]: ...

    def may_take(self, connection: Connection, apart: Collection[int]) -> bool: ...

    def is_left(self, connection: Connection) -> bool: ...

    def next_due(self, connection: Connection, after: datetime) -> datetime | None: ...

    def own(self, connection: Connection, settlements: Sequence[Settlement]) -> list[Settlement]: ...


class Ledger:
    """The pages of one crawl. Its coroutines belong to the reactor; what they do happens in the writer's thread."""

    def __init__(
        self,
        engine: Engine,
        crawl_id: int,
        limits: WriterLimits,
        *,
        before_write: Callable[[], None] = lambda: None,
        worker: Lessee | None = None,
    ) -> None:
        self.crawl_id = crawl_id
        self._worker = worker
        self._engine = engine
        self._writer: Writer[Settlement] = Writer(
            engine, self._apply, limits, before_write=before_write, after_commit=self._committed
        )
        self._after_commit: Callable[[Connection], None] | None = None
        self.fresh = FreshProducts()
        self._gain = Gain()  # of the batch that is being written
        self._tally: Tally | None = None

    @property
    def url(self) -> URL:
        """The database."""
        return self._engine.url

    @property
    def is_shared(self) -> bool:
        """Other workers settle pages of the crawl, too."""
        return self._worker is not None

    @property
    def failed(self) -> EcomscraperError | None:
        """Why nothing can be stored any more, or None."""
        return self._writer.failed

    @property
    def tally(self) -> Tally | None:
        """What the pages add up to after the last commit; None before `count()`."""
        return self._tally

    async def count(self) -> None:
        """Count from now on: once from the database, then with each commit what it brings."""
        await self.read(self._count)

    def watch(
        self,
        *,
        after_commit: Callable[[Connection], None] | None = None,
        on_failure: Callable[[EcomscraperError], None] | None = None,
    ) -> None:
        """Tell `after_commit` of each commit, in the writer's thread, and `on_failure`, on the reactor, of the end."""
        if after_commit:
            self._after_commit = after_commit
        if on_failure:
            self._writer.on_failure = on_failure

    async def settle(self, settlement: Settlement) -> None:
        """The page's final status with all it gave, in one transaction. Waits while the buffer is full.

        Raises EcomscraperError once storage failed.
        """
        await self._writer.submit(settlement)

    def settle_now(self, settlement: Settlement) -> None:
        """The same without waiting for room."""
        self._writer.submit_now(settlement)

    async def pending(self, limit: int, *, apart_from: Collection[int] = ()) -> list[PendingPage]:
        """The first `limit` pending pages that need not wait, without those at the positions `apart_from`.

        Those that have waited come first, then the others in order.
        """
        apart = frozenset(apart_from)  # as it is now: a page settled while we read is still pending to that read
        if (worker := self._worker) is not None:
            if not await self.read(lambda c: worker.may_take(c, apart)):
                return []
            return await self.write(lambda c: worker.take(c, limit, apart))
        found = await self.read(lambda c: pending_pages(c, self.crawl_id, limit + len(apart)))
        return [page for page in found if page.position not in apart][:limit]

    async def next_due(self, *, after: datetime) -> datetime | None:
        """When the first of the pages that are due after that moment is due, or None where there is none."""
        if (worker := self._worker) is not None:
            return await self.read(lambda c: worker.next_due(c, after))
        return await self.read(lambda c: next_due(c, self.crawl_id, after))

    async def is_left_to_others(self) -> bool:
        """Whether pages are pending, of which this process has none: other workers have them, or may reveal more."""
        return self._worker is not None and await self.read(self._worker.is_left)

    async def read(self, function: Callable[[Connection], T]) -> T:
        """`function(connection)` when everything settled before is committed."""
        return await self._writer.call(function)

    async def write(self, function: Callable[[Connection], T]) -> T:
        """`function(connection)` in a transaction of its own, when everything settled before is committed."""
        return await self._writer.call(function, writes=True)

    def close(self) -> None:
        """End the writer's thread and the connections. What was settled is committed before."""
        self._writer.close()

    def _count(self, connection: Connection) -> None:
        self._tally = tally_of(connection, self.crawl_id)

    def _committed(self, connection: Connection) -> None:
        if self._tally is not None:
            self._tally = self._tally.plus(self._gain)
        if self._after_commit is not None:
            self.fresh.keep()
            self._after_commit(connection)

    def _apply(self, connection: Connection, settlements: Sequence[Settlement]) -> None:
        if self._worker is not None:
            settlements = self._worker.own(connection, settlements)
        bundles = [each for each in settlements if isinstance(each, Bundle)]
        failures = [each for each in settlements if isinstance(each, PageFailure)]
        postponed = [each for each in settlements if isinstance(each, Postponement)]
        same = {each.position: self._same_page(connection, each) for each in bundles if each.final_url != each.url}
        rows = [stored_row(self.crawl_id, each, same.get(each.position)) for each in bundles]
        update_rows(connection, pages, rows, added=COUNTED)
        self.fresh.written = insert_items(connection, self.crawl_id, bundles)
        update_rows(connection, pages, [failed_row(self.crawl_id, each) for each in failures], added=COUNTED)
        insert_answers(connection, self.crawl_id, failed=failures)
        settled: list[Bundle | PageFailure] = [*bundles, *failures]
        insert_bodies(connection, self.crawl_id, settled)
        new_pages = sum(add_pages(connection, self.crawl_id, each.new_pages(), self._worker) for each in settled)
        update_rows(connection, pages, [postponed_row(self.crawl_id, each) for each in postponed], added=COUNTED)
        self._gain = gain_of(bundles, failures, postponed, new_pages)

    def _same_page(self, connection: Connection, bundle: Bundle) -> int | None:
        """The position of the page of this crawl that a page was redirected onto."""
        same: int | None = connection.scalar(
            select(func.min(pages.c.position)).where(
                pages.c.crawl_id == self.crawl_id,
                digest(pages.c.url) == bundle.final_url,
                pages.c.position != bundle.position,
            )
        )
        return same


def add_pages(connection: Connection, crawl_id: int, refs: Iterable[PageRef], worker: Lessee | None = None) -> int:
    """Write new pending pages, however many, at flat memory; their number.

    Of a shared crawl the `worker` that leads it keeps those that may bring others to light.
    """
    count = 0
    left = iter(refs)
    while chunk := list(islice(left, INSERT_PAGES)):
        chunk = _without_known_products(connection, crawl_id, chunk)
        if not chunk:
            continue
        rows = [{"crawl_id": crawl_id, **ref._asdict()} for ref in chunk]
        if worker is not None:
            rows = [{**row, "leased_by": worker.number if worker.tells(row["position"]) else None} for row in rows]
        insert_rows(connection, pages, rows)
        count += len(chunk)
    return count


def _without_known_products(connection: Connection, crawl_id: int, refs: list[PageRef]) -> list[PageRef]:
    """`refs` without the products' own pages that are in the ledger already: several listing pages may show one."""
    urls = {ref.url: ref for ref in reversed(refs) if ref.kind == PRODUCT}
    if not urls:
        return refs
    # By position, not by kind: SQLite takes the index on URLs only where it need not look beyond it.
    own_pages = (pages.c.crawl_id == crawl_id, pages.c.position > OWN_PAGES)
    known = {url for (url,) in rows_with(connection, [pages.c.url], digest(pages.c.url), list(urls), *own_pages)}
    return [ref for ref in refs if ref.kind != PRODUCT or (ref.url not in known and urls[ref.url] is ref)]


def pending_pages(connection: Connection, crawl_id: int, limit: int) -> list[PendingPage]:
    """The first `limit` pending pages of a crawl that need not wait: those whose wait is over, then in order."""
    pending = (pages.c.crawl_id == crawl_id, is_pending)
    waited = select(pages.c.position).where(*pending, pages.c.due_at <= datetime.now(UTC))
    found = _pages(connection, crawl_id, waited.order_by(pages.c.due_at, pages.c.position).limit(limit))
    fresh = select(pages.c.position).where(*pending, pages.c.due_at.is_(None))
    return found + _pages(connection, crawl_id, fresh.order_by(pages.c.position).limit(limit - len(found)))


def _pages(connection: Connection, crawl_id: int, query: Select[tuple[int]]) -> list[PendingPage]:
    columns = (pages.c.position, pages.c.page, pages.c.url, pages.c.attempts, pages.c.kind)
    if connection.dialect.name == "postgresql":
        return [PendingPage(*row) for row in connection.execute(query.with_only_columns(*columns))]
    # SQLite takes the index that has the order only where it needs no more than the positions.
    positions = list(connection.scalars(query))
    these = select(*columns).where(pages.c.crawl_id == crawl_id, pages.c.position.in_(positions))
    by_position = {row.position: PendingPage(*row) for row in connection.execute(these)}
    return [by_position[position] for position in positions]


def next_due(connection: Connection, crawl_id: int, after: datetime) -> datetime | None:
    """When the first of the crawl's pages is due that are due after that moment: a page under way was due before."""
    waiting = (pages.c.crawl_id == crawl_id, is_pending, pages.c.due_at > after)
    due: datetime | None = connection.scalar(select(pages.c.due_at).where(*waiting).order_by(pages.c.due_at).limit(1))
    return due
