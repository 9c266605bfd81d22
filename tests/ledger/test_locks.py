"""One crawl for a host: a lock that another process sees, and that nobody holds once its process is dead."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecomscraper.exceptions import BusyError, StorageError
from ecomscraper.ledger import locks
from ecomscraper.ledger.locks import HostLocks, lock_folder

HOLD = """
import sys
from pathlib import Path
from ecomscraper.ledger.locks import HostLocks
held = HostLocks(Path(sys.argv[1]))
held.take(sys.argv[2:], wait=False, holder=str)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`holder("shop.example")` starts another process that holds these hosts until its stdin is closed."""
    started: list[subprocess.Popen[str]] = []

    def start(*hosts: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path), *hosts],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(locks.__file__).parents[2],
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        with process:
            process.kill()


def take(folder: Path, *hosts: str, wait: bool = False) -> HostLocks:
    taken = HostLocks(folder)
    taken.take(hosts, wait=wait, holder=lambda host: f"crawl 7 of {host}")
    return taken


@pytest.mark.slow
def test_a_host_that_another_process_crawls_is_refused_naming_its_crawl(tmp_path: Path, holder) -> None:
    holder("shop.example")
    with pytest.raises(BusyError) as refused:
        take(tmp_path, "shop.example")
    assert str(refused.value) == (
        "shop.example is being crawled by crawl 7 of shop.example; wait for its end, "
        "or set ECOM_LEDGER_BUSY=wait to start when it is done"
    )
    take(tmp_path, "other.example").release()


@pytest.mark.slow
def test_a_killed_process_holds_nothing(tmp_path: Path, holder) -> None:
    process = holder("shop.example")
    process.kill()
    process.wait()
    take(tmp_path, "shop.example").release()


@pytest.mark.slow
def test_who_waits_gets_the_host_at_the_others_end(tmp_path: Path, holder, caplog: pytest.LogCaptureFixture) -> None:
    process = holder("shop.example")
    caplog.set_level("INFO")

    class Told:
        """The other crawl ends when we say that we wait for it."""

        def __str__(self) -> str:
            process.stdin.close()
            return "crawl 7"

    taken = HostLocks(tmp_path)
    taken.take(["shop.example"], wait=True, holder=lambda host: str(Told()))
    assert process.wait(30) == 0
    assert caplog.messages == ["shop.example is being crawled by crawl 7; waiting for its end"]
    taken.release()


def test_all_hosts_are_taken_or_none(tmp_path: Path) -> None:
    one = take(tmp_path, "b.example")
    with pytest.raises(BusyError, match=r"b\.example"):
        take(tmp_path, "c.example", "a.example", "b.example")
    take(tmp_path, "a.example", "c.example").release()
    one.release()
    take(tmp_path, "a.example", "b.example", "c.example").release()


def test_a_port_is_part_of_a_host_and_no_name_leaves_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "locks"
    taken = take(folder, "127.0.0.1:8000", "127.0.0.1:8001", "../../etc/passwd", "[::1]:80")
    assert {path.parent for path in tmp_path.rglob("*.lock")} == {folder}
    assert sorted(path.name for path in folder.iterdir()) == [
        ".._.._etc_passwd.lock",
        "127.0.0.1_8000.lock",
        "127.0.0.1_8001.lock",
        "___1__80.lock",
    ]
    taken.release()


def test_a_list_of_very_many_hosts_holds_some(tmp_path: Path) -> None:
    hosts = [f"host{number:04}.example" for number in range(locks.MOST_HOSTS + 50)]
    taken = take(tmp_path, *hosts)
    assert len(list(tmp_path.iterdir())) == locks.MOST_HOSTS
    taken.release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as refused:
        take(tmp_path / "file" / "locks", "shop.example")
    assert str(refused.value) == f"{tmp_path / 'file' / 'locks'}: no lock can be made: Not a directory"


def test_locks_lie_beside_the_database_they_belong_to(tmp_path: Path) -> None:
    assert lock_folder("sqlite:////data/shop.sqlite3", tmp_path) == Path("/data/locks/shop.sqlite3")
    first = lock_folder("postgresql://me:secret@host/shop", tmp_path)
    assert first.parent == tmp_path / "locks"
    assert first == lock_folder("postgresql://me:another@host/shop", tmp_path)
    assert first != lock_folder("postgresql://me:secret@host/books", tmp_path)
    assert "secret" not in str(first)
