"""The queries of the README run as they stand, on both databases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


def test_every_query_runs(engine: Engine, new_crawl) -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    if engine.dialect.name == "postgresql":
        assert "in PostgreSQL it is verdict ->> 'summary'" in block
        block = block.replace("json_extract(verdict, '$.summary')", "verdict ->> 'summary'")
    queries = [query for query in re.sub(r"--.*", "", block).split(";") if query.strip()]
    new_crawl(engine, 1)
    with engine.connect() as connection:
        found = [connection.execute(text(query)).all() for query in queries]
    assert [len(rows) for rows in found] == [1, *([0] * (len(queries) - 1))]
