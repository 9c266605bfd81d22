"""One crawl for a host and database at a time: locks of the operating system, which a dead process does not hold."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.engine import make_url

from ecomscraper.exceptions import BusyError, StorageError

logger = logging.getLogger(__name__)

MOST_HOSTS = 200  # a list of URLs on more hosts than this holds the first ones: open files are few


class HostLocks:
    """The hosts that one crawl holds. Released by `release`, or by the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[FileLock] = []

    def take(self, hosts: Iterable[str], *, wait: bool, holder: Callable[[str], str]) -> None:
        """Take all `hosts`, or none. `holder(host)` says in words who holds one.

        Raises BusyError where another process has one and `wait` is false, StorageError where no lock can be made.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for host in sorted(hosts)[:MOST_HOSTS]:
                self._take(host, wait=wait, holder=holder)
        except OSError as error:
            self.release()
            raise StorageError(f"{self._folder}: no lock can be made: {error.strerror or error}") from error
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Give all hosts back."""
        while self._held:
            self._held.pop().release()

    def _take(self, host: str, *, wait: bool, holder: Callable[[str], str]) -> None:
        lock = FileLock(self._folder / f"{_file_name(host)}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            who = f"{host} is being crawled by {holder(host)}"
            if not wait:
                raise BusyError(
                    f"{who}; wait for its end, or set ECOM_LEDGER_BUSY=wait to start when it is done"
                ) from None
            logger.info("%s; waiting for its end", who)
            lock.acquire()
        self._held.append(lock)


def lock_folder(database_url: str, data_dir: Path) -> Path:
    """Where the locks that belong to a database lie: beside a SQLite file, else below `data_dir`."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database).parent / "locks" / Path(url.database).name
    name = hashlib.sha256(url.render_as_string(hide_password=True).encode()).hexdigest()[:16]
    return data_dir / "locks" / name


def _file_name(host: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", host)
