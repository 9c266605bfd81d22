"""A transaction that may be tried again although nobody knows whether it was committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine, text

from ecomscraper.ledger.database import write

T = TypeVar("T")

NUMBER = text("SELECT pg_current_xact_id()::text")
STATUS = text("SELECT pg_xact_status(CAST(:number AS xid8))")


class Transaction(Generic[T]):
    """`function(connection)`, done once however often it is tried.

    A server that goes away during the commit leaves it open whether that was done. PostgreSQL gives each transaction
    a number and knows, when it is back, what became of it; SQLite answers a commit before anything can go away.
    """

    def __init__(self, engine: Engine, function: Callable[[Connection], T]) -> None:
        self._engine = engine
        self._function = function
        self._has_numbers = engine.dialect.name == "postgresql"
        self._in_doubt: tuple[str, T] | None = None  # number and result of a try whose commit got no answer

    def run(self) -> T:
        """One try. Raises what `function` raises and what the database says, TimeoutError to ask again soon."""
        if self._in_doubt is not None:
            number, result = self._in_doubt
            if self._was_committed(number):
                return result
            self._in_doubt = None
        with write(self._engine) as connection:
            result = self._function(connection)
            if self._has_numbers:
                self._in_doubt = connection.scalar(NUMBER), result
        return result

    def _was_committed(self, number: str) -> bool:
        with self._engine.connect() as connection:
            status = connection.scalar(STATUS, {"number": number})
        if status == "in progress":
            raise TimeoutError("the last transaction is still being committed")
        return bool(status == "committed")
