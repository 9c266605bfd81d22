"""One report from the database into a file, which is the old one or a whole new one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from ecomscraper.exceptions import StorageError
from ecomscraper.report.figures import crawl_figures
from ecomscraper.report.page import report_page


def report_of(connection: Connection, crawl_id: int | None, against: int | None = None) -> str:
    """The page of a crawl, the newest where `crawl_id` is None. Raises ArgumentError where there is none."""
    other = None if against is None else crawl_figures(connection, against)
    return report_page(crawl_figures(connection, crawl_id, since=against), other, datetime.now(UTC))


def write_report(path: Path, page: str) -> None:
    """Raises StorageError where it cannot be written."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(page, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error
