"""A feed's file is the old one or a whole new one, never a part: written beside the target, synced, renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout
from w3lib.url import file_uri_to_path

from ecomscraper.exceptions import BusyError, StorageError


class AtomicFileStorage:
    """Scrapy's storage for files. `-O` replaces the target, `-o` appends to a copy of it that replaces it."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        self.path = target_path(uri)
        self.appends = not (feed_options or {}).get("overwrite", False)
        self._part = self.path.with_name(f".{self.path.name}.part")
        self._file: IO[bytes] | None = None
        # The next file of a feed in batches is reserved in the writer's thread and released on the reactor.
        self._lock = FileLock(output_lock(self.path), thread_local=False)

    def reserve(self) -> None:
        """Hold the target for this process.

        Raises BusyError where another crawl writes it, StorageError where it cannot be written.
        """
        check_target(self.path)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise BusyError(
                f"{self.path}: another crawl is writing it; wait for its end or give another output"
            ) from None

    def release(self) -> None:
        """Give the target back and leave nothing behind beside it, nor open."""
        if self._file is not None:
            with suppress(OSError):  # what could not be written is told already
                self._file.close()
        with suppress(FileNotFoundError):
            self._part.unlink()
        self._lock.release()

    def open(self, spider: object) -> IO[bytes]:
        if self.appends and self.path.exists():
            shutil.copyfile(self.path, self._part)
            self._file = self._part.open("ab")
            if not _ends_a_line(self.path):
                self._file.write(b"\n")
        else:
            self._file = self._part.open("wb")
        return self._file

    def sync(self) -> None:
        """Bring what was written so far to the disk. Raises OSError where it does not take it."""
        if self._file is not None:
            _sync_file(self._file)

    def store(self, file: IO[bytes]) -> None:
        _sync_file(file)
        file.close()
        if self.path.exists():
            shutil.copymode(self.path, self._part)
        self._part.replace(self.path)
        _sync_folder(self.path.parent)


def _sync_file(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _ends_a_line(path: Path) -> bool:
    """Whether a row may follow: a file from elsewhere may lack its last line break."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def target_path(uri: str) -> Path:
    """The file behind a feed's URI."""
    return Path(file_uri_to_path(uri) if uri.startswith("file:") else uri).absolute()


def check_target(path: Path) -> None:
    """Raises StorageError where a feed cannot be written, before anything is fetched for it."""
    if path.is_dir():
        raise StorageError(f"{path}: is a folder; give the name of a file in it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:40]}."):
            pass
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageError(f"{path}: cannot be written: {path.parent} is not a folder") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error
    if path.exists() and not os.access(path, os.W_OK):
        raise StorageError(f"{path}: cannot be written: the file is read-only")


def output_lock(path: Path) -> Path:
    """The lock of an output: in the system's folder for such things, so that none is left beside the user's files."""
    name = str(path.resolve()).replace(os.sep, "%")[-200:]
    return Path(tempfile.gettempdir()) / f"ecomscraper{name}.lock"


def _sync_folder(folder: Path) -> None:
    """Make the rename itself safe; not every system lets a folder be synced."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
