"""One crawl for a host and database at a time: locks that a dead process does not hold.

Beside a SQLite file they are locks of the operating system; on PostgreSQL they are locks of the server's, and hold
for every machine that uses it.
"""

from __future__ import annotations

import fcntl
import logging
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Protocol

from filelock import FileLock, Timeout
from sqlalchemy.exc import DBAPIError

from ecomscraper.exceptions import BusyError, StorageError
from ecomscraper.ledger.database import cause, parsed_url, shown

logger = logging.getLogger(__name__)

MOST_HOSTS = 200  # a list of URLs on more hosts than this holds the first ones: open files are few


class Locks(Protocol):
    """Locks by host."""

    def try_one(self, host: str, *, shared: bool = False) -> bool:
        """Take `host` if nobody has it, or `shared` if nobody has it alone; whether it is ours."""

    def wait_for(self, host: str) -> None:
        """Take `host` as soon as its holder gives it back."""

    def keep(self) -> None:
        """See to it that all hosts are ours still."""

    def release(self) -> None:
        """Give all hosts back."""


class HostLocks:
    """The hosts that one crawl holds. Released by `release`, or by the end of the process."""

    def __init__(self, locks: Locks, place: str) -> None:
        self._locks = locks
        self._place = place  # for people
        self.keep = locks.keep
        self.release = locks.release

    def take(self, hosts: Iterable[str], *, wait: bool, holder: Callable[[str], str], shared: bool = False) -> None:
        """Take all `hosts`, or none. `holder(host)` says in words who holds one. `shared`: with other workers.

        Raises BusyError where another process has one and `wait` is false, StorageError where no lock can be made.
        """
        try:
            for host in sorted(hosts)[:MOST_HOSTS]:
                self._take(host, wait=wait, holder=holder, shared=shared)
        except (OSError, DBAPIError) as error:
            self.release()
            why = (error.strerror if isinstance(error, OSError) else None) or cause(error)
            raise StorageError(f"{self._place}: no lock can be made: {why}") from error
        except BaseException:
            self.release()
            raise

    def _take(self, host: str, *, wait: bool, holder: Callable[[str], str], shared: bool) -> None:
        if self._locks.try_one(host, shared=shared):
            return
        who = f"{host} is being crawled by {holder(host)}"
        if not wait:
            raise BusyError(f"{who}; wait for its end, or set ECOM_LEDGER_BUSY=wait to start when it is done")
        logger.info("%s; waiting for its end", who)
        self._locks.wait_for(host)


class FileLocks:
    """Locks of the operating system on files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[FileLock] = []
        self._shared: list[IO[bytes]] = []

    def try_one(self, host: str, *, shared: bool = False) -> bool:
        if shared:
            return self._try_shared(host)
        lock = self._lock(host)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._held.append(lock)
        return True

    def wait_for(self, host: str) -> None:
        lock = self._lock(host)
        lock.acquire()
        self._held.append(lock)

    def keep(self) -> None:
        """Nobody can take them from a process that lives."""

    def release(self) -> None:
        while self._held:
            self._held.pop().release()
        while self._shared:
            self._shared.pop().close()

    def _try_shared(self, host: str) -> bool:
        """The same lock of the operating system, which `FileLock` takes alone only."""
        file = self._file(host).open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._shared.append(file)
        return True

    def _lock(self, host: str) -> FileLock:
        return FileLock(self._file(host))

    def _file(self, host: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{_file_name(host)}.lock"


def host_locks(database_url: str, data_dir: Path) -> HostLocks:
    """The locks that belong to a database: beside a SQLite file, else in the database itself.

    Those of a SQLite database in memory are below `data_dir`.
    """
    url = parsed_url(database_url)
    if url.get_backend_name() == "postgresql":
        from ecomscraper.ledger.session_locks import SessionLocks

        return HostLocks(SessionLocks(url), shown(url))
    file = Path(url.database) if url.database else data_dir / ":memory:"
    folder = file.parent / "locks" / file.name
    return HostLocks(FileLocks(folder), str(folder))


def _file_name(host: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", host)
