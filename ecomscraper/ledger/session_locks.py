"""Locks of hosts as advisory locks of one PostgreSQL session: they end with it, whichever machine it comes from."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress

from sqlalchemy import URL, Connection, NullPool, text
from sqlalchemy.exc import DBAPIError

from ecomscraper.exceptions import StorageError
from ecomscraper.ledger.postgresql import postgresql_engine

POLL_SECONDS = 1.0  # between two tries to get a host that is to be waited for
TAKE_BACK_SECONDS = 5.0  # for the server to end our own session that was cut off

TAKE = text("SELECT pg_try_advisory_lock(:key)")
TAKE_SHARED = text("SELECT pg_try_advisory_lock_shared(:key)")
GIVE_BACK = text("SELECT pg_advisory_unlock_all()")
WHO_WE_ARE = text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
END_OLD_SESSION = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND backend_start = :at"
)


class SessionLocks:
    """The hosts that one session holds. A session that was lost is followed by another with the same hosts."""

    def __init__(self, url: URL) -> None:
        self._engine = postgresql_engine(url, poolclass=NullPool).execution_options(isolation_level="AUTOCOMMIT")
        self._session: Connection | None = None
        self._schema = ""  # hosts of another schema of the database are other hosts
        self._who: dict[str, object] = {}
        self._held: dict[str, bool] = {}  # whether it is shared

    def try_one(self, host: str, *, shared: bool = False) -> bool:
        """Take `host` if nobody has it, or `shared` if nobody has it alone; whether it is ours.

        Raises DBAPIError where the server is not to be reached.
        """
        if self._session is None:
            self._open()
        taken = self._take(host, shared=shared)
        if taken:
            self._held[host] = shared
        return taken

    def wait_for(self, host: str) -> None:
        """Take `host` as soon as its holder gives it back."""
        while not self.try_one(host):
            time.sleep(POLL_SECONDS)

    def keep(self) -> None:
        """See to it that all hosts are ours still, before something is written.

        Raises DBAPIError while the server is not to be reached, StorageError where another crawl took one meanwhile.
        """
        if self._session is not None:
            try:
                self._session.scalar(text("SELECT 1"))
                return
            except DBAPIError:
                self._session.invalidate()
                self._session.close()
                self._session = None
        if self._held:
            self._take_back()

    def release(self) -> None:
        """Give all hosts back."""
        self._held.clear()
        if self._session is not None:
            with suppress(DBAPIError):  # the server ends a session some time after it was closed here
                self._session.execute(GIVE_BACK)
            self._session.close()
            self._session = None

    def _open(self) -> None:
        self._session = self._engine.connect()
        self._schema = self._session.scalar(text("SELECT current_schema()")) or ""
        self._who = dict(zip(("pid", "at"), self._session.execute(WHO_WE_ARE).one(), strict=True))

    def _take(self, host: str, *, shared: bool) -> bool:
        assert self._session is not None
        digest = hashlib.sha256(f"ecomscraper {self._schema} {host}".encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        return bool(self._session.scalar(TAKE_SHARED if shared else TAKE, {"key": key}))

    def _take_back(self) -> None:
        lost_session = self._who
        self._open()
        assert self._session is not None
        until = time.monotonic() + TAKE_BACK_SECONDS
        for host, shared in self._held.items():
            while not self._take(host, shared=shared):
                if time.monotonic() > until:
                    self.release()
                    raise StorageError(f"another crawl took {host} while the database was out of reach")
                self._session.execute(END_OLD_SESSION, lost_session)  # the server may not know yet that it was cut off
                time.sleep(0.1)
