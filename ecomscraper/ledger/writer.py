"""The one thread that writes: what happens on the reactor is handed over and committed in batches.

Works are done in the order they were handed in. A batch is one transaction; it ends when it holds
`batch_pages` works, when its first work is `batch_seconds` old, or when somebody waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ecomscraper.exceptions import EcomscraperError, StorageError
from ecomscraper.ledger.database import cause
from ecomscraper.ledger.transaction import Transaction

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.25  # between two tries to write a batch

T = TypeVar("T")
Work = TypeVar("Work")


@dataclass(frozen=True, slots=True)
class WriterLimits:
    batch_pages: int
    batch_seconds: float
    buffer_pages: int  # works handed in and not yet committed: beyond it, `submit` waits
    patience_seconds: float  # how long a batch that the database refuses is tried again


@dataclass(slots=True)
class _Call:
    """A barrier: everything before it is committed, then `function` runs in a transaction of its own."""

    function: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    writes: bool


class _End:
    pass


class Writer(Generic[Work]):
    """Runs `apply(connection, works)` for each batch. Its coroutines belong to one event loop."""

    def __init__(
        self,
        engine: Engine,
        apply: Callable[[Connection, Sequence[Work]], None],
        limits: WriterLimits,
        *,
        before_write: Callable[[], None] = lambda: None,
        after_commit: Callable[[Connection], None] = lambda _: None,
        on_failure: Callable[[EcomscraperError], None] = lambda _: None,
    ) -> None:
        self.failed: EcomscraperError | None = None
        self.after_commit = after_commit
        self.on_failure = on_failure
        self._engine = engine
        self._apply = apply
        self._before_write = before_write  # what must hold for us to write at all; it raises where it does not
        self._limits = limits
        self._queue: deque[Work | _Call | _End] = deque()
        self._barriers = 0  # in the queue
        self._changed = threading.Condition()
        self._buffered = 0
        self._room: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)

    async def submit(self, work: Work) -> None:
        """Hand in one page's work; waits while the buffer is full. Raises StorageError once storage failed."""
        room = self._start()
        while self._buffered >= self._limits.buffer_pages and self.failed is None:
            room.clear()
            await room.wait()
        if self.failed is not None:
            raise self.failed
        self.submit_now(work)

    def submit_now(self, work: Work) -> None:
        """Hand in one page's work from where nothing can be awaited."""
        self._start()
        self._buffered += 1
        with self._changed:
            self._queue.append(work)
            # Not for each work: to wake a thread takes longer than to hand the work over.
            if len(self._queue) == 1 or self._is_batch_whole():
                self._changed.notify()

    async def call(self, function: Callable[[Connection], T], *, writes: bool = False) -> T:
        """`function(connection)` in the writer's thread, after everything handed in before is committed.

        Raises StorageError for a write once storage failed, and whatever `function` raises.
        """
        self._start()
        assert self._loop is not None
        future: asyncio.Future[T] = self._loop.create_future()
        self._put_barrier(_Call(function, future, writes))
        return await future

    def close(self) -> None:
        """End the thread: what was handed in is committed first, unless storage failed. Blocks until it is done."""
        if self._thread.is_alive():
            self._put_barrier(_End())
            self._thread.join()
        self._engine.dispose()

    def _start(self) -> asyncio.Event:
        if self._room is None:
            self._loop = asyncio.get_running_loop()
            self._room = asyncio.Event()
            self._thread.start()
        return self._room

    def _put_barrier(self, barrier: _Call | _End) -> None:
        with self._changed:
            self._queue.append(barrier)
            self._barriers += 1
            self._changed.notify()

    def _is_batch_whole(self) -> bool:
        return self._barriers > 0 or len(self._queue) >= self._limits.batch_pages

    # ---- in the writer's thread ----

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, barrier = self._collect()
            if batch:
                self._commit(batch)
            if isinstance(barrier, _Call):
                self._answer(barrier)
            ended = isinstance(barrier, _End)

    def _collect(self) -> tuple[list[Work], _Call | _End | None]:
        """The next batch, and the barrier that ended it."""
        batch: list[Work] = []
        with self._changed:
            self._changed.wait_for(lambda: self._queue)
            self._changed.wait_for(self._is_batch_whole, self._limits.batch_seconds)
            while self._queue and len(batch) < self._limits.batch_pages:
                work = self._queue.popleft()
                if isinstance(work, _Call | _End):
                    self._barriers -= 1
                    return batch, work
                batch.append(work)
        return batch, None

    def _commit(self, batch: list[Work]) -> None:
        if self.failed is None:
            try:
                self._persist(lambda connection: self._apply(connection, batch))
                self._read(self.after_commit)
            except StorageError as error:
                self._fail(error)
            except Exception as error:  # a dead writer would leave everybody waiting
                logger.exception("The ledger's writer has a bug")
                self._fail(EcomscraperError(f"the ledger's writer failed: {error!r}"))
        self._on_loop(self._release, len(batch))

    def _persist(self, function: Callable[[Connection], T]) -> T:
        """One transaction, tried again while the database is locked, full or out of reach."""
        transaction = Transaction(self._engine, function)

        def attempt() -> T:
            self._before_write()
            return transaction.run()

        return self._patiently(attempt, "written", refused="a write")

    def _read(self, function: Callable[[Connection], T]) -> T:
        """The same for what reads only; nothing is waited for once storage failed."""

        def attempt() -> T:
            with self._engine.connect() as connection:
                return function(connection)

        if self.failed is None:
            return self._patiently(attempt, "read", refused="a read")
        try:
            return attempt()
        except DBAPIError as error:
            raise self.failed from error

    def _patiently(self, attempt: Callable[[], T], verb: str, *, refused: str) -> T:
        give_up_at = time.monotonic() + self._limits.patience_seconds
        warned = False
        while True:
            try:
                return attempt()
            except (DBAPIError, OSError) as error:
                if not isinstance(error, OSError) and not _may_pass(error):
                    raise StorageError(f"the database refused {refused}: {cause(error)}") from error
                if time.monotonic() >= give_up_at:
                    raise StorageError(
                        f"the database could not be {verb} for {self._limits.patience_seconds:g} s: {cause(error)}"
                    ) from error
                if not warned:
                    logger.warning("The database cannot be %s now (%s); trying again", verb, cause(error))
                    warned = True
                time.sleep(RETRY_SECONDS)

    def _answer(self, call: _Call) -> None:
        try:
            if call.writes and self.failed is not None:
                raise self.failed
            result = self._persist(call.function) if call.writes else self._read(call.function)
        except BaseException as error:  # whatever it is, it belongs to the caller
            if isinstance(error, StorageError) and self.failed is None:
                self._fail(error)  # a crawl that cannot read its list of pages cannot go on either
            self._on_loop(_set_exception, call.future, error)
        else:
            self._on_loop(_set_result, call.future, result)

    def _fail(self, error: EcomscraperError) -> None:
        self.failed = error
        self._engine.dispose()  # a connection that hangs must not be waited for once more
        self._on_loop(self.on_failure, error)

    def _on_loop(self, function: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is closed: nobody waits any more
            logger.debug("The event loop ended before the writer")

    # ---- back on the loop ----

    def _release(self, count: int) -> None:
        self._buffered -= count
        assert self._room is not None
        self._room.set()


def _may_pass(error: DBAPIError) -> bool:
    """Locked, full, read-only or gone: worth another try. A broken constraint is a bug and is not."""
    return type(error).__name__ in {"OperationalError", "InterfaceError", "InternalError"}


def _set_result(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _set_exception(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
