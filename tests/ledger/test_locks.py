"""One crawl for a host: a lock that another process sees, and that nobody holds once its process is dead."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError

from ecomscraper.exceptions import BusyError, StorageError
from ecomscraper.ledger import locks
from ecomscraper.ledger.database import parsed_url
from ecomscraper.ledger.locks import HostLocks, host_locks
from ecomscraper.ledger.postgresql import postgresql_engine
from ecomscraper.ledger.session_locks import SessionLocks

HOLD = """
import sys
from pathlib import Path
from ecomscraper.ledger.locks import host_locks
held = host_locks(sys.argv[1], Path())
held.take(sys.argv[2:], wait=False, holder=str)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def holder(database: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`holder("shop.example")` starts another process that holds these hosts until its stdin is closed."""
    started: list[subprocess.Popen[str]] = []

    def start(*hosts: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, database, *hosts],
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


def take(database: str, *hosts: str, wait: bool = False) -> HostLocks:
    taken = host_locks(database, Path())
    taken.take(hosts, wait=wait, holder=lambda host: f"crawl 7 of {host}")
    return taken


@pytest.mark.slow
def test_a_host_that_another_process_crawls_is_refused_naming_its_crawl(database: str, holder) -> None:
    holder("shop.example")
    with pytest.raises(BusyError) as refused:
        take(database, "shop.example")
    assert str(refused.value) == (
        "shop.example is being crawled by crawl 7 of shop.example; wait for its end, "
        "or set ECOM_LEDGER_BUSY=wait to start when it is done"
    )
    take(database, "other.example").release()


@pytest.mark.slow
def test_a_killed_process_holds_nothing(database: str, holder) -> None:
    process = holder("shop.example")
    process.kill()
    process.wait()
    take(database, "shop.example").release()


@pytest.mark.slow
def test_who_waits_gets_the_host_at_the_others_end(database: str, holder, caplog: pytest.LogCaptureFixture) -> None:
    process = holder("shop.example")
    caplog.set_level("INFO")

    class Told:
        """The other crawl ends when we say that we wait for it."""

        def __str__(self) -> str:
            process.stdin.close()
            return "crawl 7"

    taken = host_locks(database, Path())
    taken.take(["shop.example"], wait=True, holder=lambda host: str(Told()))
    assert process.wait(30) == 0
    assert caplog.messages == ["shop.example is being crawled by crawl 7; waiting for its end"]
    taken.release()


def test_all_hosts_are_taken_or_none(database: str) -> None:
    one = take(database, "b.example")
    with pytest.raises(BusyError, match=r"b\.example"):
        take(database, "c.example", "a.example", "b.example")
    take(database, "a.example", "c.example").release()
    one.release()
    take(database, "a.example", "b.example", "c.example").release()


def test_a_port_is_part_of_a_host_and_no_name_leaves_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "locks" / "shop.sqlite3"
    taken = take(
        f"sqlite:///{tmp_path}/shop.sqlite3", "127.0.0.1:8000", "127.0.0.1:8001", "../../etc/passwd", "[::1]:80"
    )
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
    taken = take(f"sqlite:///{tmp_path}/shop.sqlite3", *hosts)
    assert len(list((tmp_path / "locks" / "shop.sqlite3").iterdir())) == locks.MOST_HOSTS
    taken.release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as refused:
        take(f"sqlite:///{tmp_path}/file/shop.sqlite3", "shop.example")
    assert str(refused.value) == f"{tmp_path}/file/locks/shop.sqlite3: no lock can be made: Not a directory"


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(StorageError) as refused:
        take("postgresql://me:secret@127.0.0.1:1/shop", "shop.example")
    said = str(refused.value)
    assert said.startswith("postgresql://me:***@127.0.0.1:1/shop: no lock can be made: connection failed: ")
    assert "secret" not in said
    assert "\n" not in said


def test_each_database_has_locks_of_its_own(postgres, tmp_path: Path) -> None:
    urls = [postgres.new_database(), postgres.new_database(), f"sqlite:///{tmp_path}/1", f"sqlite:///{tmp_path}/2"]
    taken = [take(url, "shop.example") for url in urls]
    for held in taken:
        held.release()


# ---- a session that is lost ----


@pytest.fixture
def session_locks(postgres_database: str) -> Iterator[Callable[[], SessionLocks]]:
    """`session_locks()`: locks of another session."""
    made: list[SessionLocks] = []

    def make() -> SessionLocks:
        made.append(SessionLocks(parsed_url(postgres_database)))
        return made[-1]

    yield make
    for each in made:
        each.release()


def end_sessions(database: str) -> None:
    """As a server does that is stopped; but it is there again at once."""
    engine = postgresql_engine(parsed_url(database), poolclass=NullPool)
    others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with engine.connect() as connection:
        connection.execute(text(f"{others} AND backend_type = 'client backend'"))


def test_a_lost_session_is_followed_by_one_that_holds_the_same(session_locks, postgres_database: str) -> None:
    ours, other = session_locks(), session_locks()
    assert ours.try_one("a.example")
    assert ours.try_one("b.example")
    ours.keep()
    end_sessions(postgres_database)
    ours.keep()
    assert not other.try_one("a.example")
    assert not other.try_one("b.example")


def test_who_lost_a_host_to_another_crawl_writes_no_more(session_locks, postgres_database: str, monkeypatch) -> None:
    monkeypatch.setattr("ecomscraper.ledger.session_locks.TAKE_BACK_SECONDS", 0.2)
    ours, other = session_locks(), session_locks()
    assert ours.try_one("a.example")
    end_sessions(postgres_database)
    assert other.try_one("a.example")
    with pytest.raises(StorageError, match=r"another crawl took a\.example while the database was out of reach"):
        ours.keep()


def test_our_own_session_that_the_server_holds_for_alive_is_ended(session_locks, postgres_database: str) -> None:
    ours, other = session_locks(), session_locks()
    assert ours.try_one("a.example")
    cut_off, ours._session = ours._session, None  # the network is gone: no word of it reaches the server
    ours.keep()
    assert not other.try_one("a.example")
    with pytest.raises(DBAPIError):
        cut_off.scalar(text("SELECT 1"))
    cut_off.close()
