"""The ledger against a plain model: whatever happens, in whatever order, it holds whole pages only, each once."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select

from ecomscraper.items import Title
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.ledger import Ledger, PageFailure
from ecomscraper.ledger.results import settled_pages
from ecomscraper.ledger.resume import reopen_pages
from ecomscraper.ledger.tables import pages, titles

# Shrinking a failed run takes minutes: the quick tier shows it as it was found.
SHORT = settings(max_examples=25, stateful_step_count=25, phases=[Phase.reuse, Phase.generate])

Statuses = dict[int, str]  # of each position: "pending", "stored" or the reason why it failed


class LedgerMachine(RuleBasedStateMachine):
    """A crawl that discovers pages, settles them, and dies now and then.

    The model is what is committed, and beside it what was handed in and is not committed yet: a barrier makes the
    one the other, a crash throws it away. The writer's batches end at barriers only, so both are known exactly.
    """

    make_bundle: Any
    make_refs: Any
    make_limits: Any
    make_crawl: Any
    on_loop: Any

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.committed: Statuses = {}
        self.handed_in: Statuses = {}

    @initialize(seeds=st.integers(0, 5))
    def begin(self, seeds: int) -> None:
        engine = self.open()
        self.crawl_id = self.make_crawl(engine, seeds)
        self.other_crawl = self.make_crawl(engine, 2)
        self.committed = dict.fromkeys(range(1, seeds + 1), "pending")
        self.handed_in = dict(self.committed)
        self.go_on(engine)

    def open(self) -> Engine:
        return open_database(f"sqlite:///{Path(self.folder.name) / 'l.sqlite3'}")

    def go_on(self, engine: Engine) -> None:
        self.engine = engine
        self.ledger = Ledger(engine, self.crawl_id, self.make_limits(batch_pages=1000, batch_seconds=3600))

    def pending(self) -> list[int]:
        return [position for position, status in self.handed_in.items() if status == "pending"]

    def known(self) -> list[int]:
        """Pages to fetch: who fetches learns of a revealed page from the database, so when it is committed."""
        return [position for position in self.pending() if position in self.committed]

    @precondition(lambda self: self.known())
    @rule(choice=st.randoms(use_true_random=False), new=st.integers(0, 3))
    def fetch(self, choice: Any, new: int) -> None:
        position = choice.choice(self.known())
        first = max(self.handed_in) + 1
        revealed = range(first, first + new)
        self.on_loop(self.ledger.settle(self.make_bundle(position, self.make_refs(*revealed))))
        self.handed_in[position] = "stored"
        self.handed_in |= dict.fromkeys(revealed, "pending")

    @precondition(lambda self: self.known())
    @rule(choice=st.randoms(use_true_random=False), reason=st.sampled_from(["timeout", "http_503", "http_404", "bug"]))
    def fail(self, choice: Any, reason: str) -> None:
        position = choice.choice(self.known())
        self.on_loop(self.ledger.settle(PageFailure(position, reason)))
        self.handed_in[position] = reason

    @rule()
    def read_on(self) -> None:
        found = self.on_loop(self.ledger.pending(1000))
        self.committed = dict(self.handed_in)
        assert [page.position for page in found] == sorted(self.pending())

    @rule()
    def crash(self) -> None:
        """The process dies: what was handed in is gone, but for what was committed."""
        self.abandon()
        self.handed_in = dict(self.committed)
        self.go_on(self.open())

    @rule(retry_all=st.booleans())
    def resume(self, retry_all: bool) -> None:
        """The crawl ends in order; another one goes on with what is left and with what may succeed now."""
        self.ledger.close()
        reopened = {
            position: "pending"
            for position, status in self.handed_in.items()
            if status in ("timeout", "http_503") or (retry_all and status in ("http_404", "bug"))
        }
        engine = self.open()
        with write(engine) as connection:
            assert reopen_pages(connection, self.crawl_id, retry_all=retry_all) == len(reopened)
        self.handed_in |= reopened
        self.committed = dict(self.handed_in)
        self.go_on(engine)

    def abandon(self) -> None:
        """Drop the writer without its works: its next batch comes to nothing, as if the process had died before."""

        def die(*_: object) -> None:
            raise RuntimeError("killed")

        self.ledger._writer._apply = die
        self.ledger.close()

    @invariant()
    def the_database_holds_whole_pages(self) -> None:
        if not hasattr(self, "engine"):
            return
        with self.engine.connect() as connection:
            rows = connection.execute(select(pages).where(pages.c.crawl_id == self.crawl_id)).all()
            found = {row.position: row.reason if row.status == "failed" else row.status for row in rows}
            assert found == self.committed
            stored = sorted(position for position, status in found.items() if status == "stored")
            with_title = connection.scalars(select(titles.c.position).order_by(titles.c.position)).all()
            assert with_title == stored
            unbroken = next(n for n in range(1, len(found) + 2) if found.get(n, "pending") == "pending") - 1
            fed = settled_pages(connection, self.crawl_id, 0, Title)
            assert [item.page for item in fed.items] == [position for position in stored if position <= unbroken]
            others = connection.scalars(select(pages.c.status).where(pages.c.crawl_id == self.other_crawl)).all()
            assert others == ["pending", "pending"]

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
        self.folder.cleanup()


@pytest.fixture
def machine(bundle, refs, limits, new_crawl, on_loop, impatient) -> type[LedgerMachine]:
    class Machine(LedgerMachine):
        make_bundle = staticmethod(bundle)
        make_refs = staticmethod(refs)
        make_limits = staticmethod(limits)
        make_crawl = staticmethod(new_crawl)

    Machine.on_loop = staticmethod(on_loop)
    return Machine


def test_the_ledger_holds_whole_pages_only(machine: type[LedgerMachine]) -> None:
    run_state_machine_as_test(machine, settings=SHORT)


@pytest.mark.campaign
def test_the_ledger_holds_whole_pages_only_through_thousands_of_lives(machine: type[LedgerMachine]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=2000, stateful_step_count=60))
