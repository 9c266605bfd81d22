"""`scrapy crawls report`: one crawl as a page that a browser shows, from the database alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ecomscraper.commands.table import say

if TYPE_CHECKING:
    from sqlalchemy import Connection


def report_crawl(
    connection: Connection, crawl_id: int | None, *, against: int | None, output: str | None, data_dir: Path
) -> None:
    """Writes it to `output`, or below `data_dir`, and says where."""
    from ecomscraper.report.target import YES, check_report_target, report_name, report_path
    from ecomscraper.report.writing import report_of, write_report
    from ecomscraper.verdict.history import crawl_record

    record = crawl_record(connection, crawl_id)
    path = report_path(output or YES, data_dir, report_name(record["site"], record["spider"], record["id"]))
    check_report_target(path)
    write_report(path, report_of(connection, record["id"], against))
    say(f"crawl {record['id']}, {record['verdict']}: {path}")


def check_report_options() -> None:
    """Raises ConfigurationError where the libraries are not there."""
    from ecomscraper.report.target import check_libraries

    check_libraries("scrapy crawls report")
