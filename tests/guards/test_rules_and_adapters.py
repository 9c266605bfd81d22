"""Rules are pure: they know neither Scrapy nor Twisted. Only adapters do, and the table below names them."""

from __future__ import annotations

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Source

FRAMEWORKS = {"scrapy", "twisted", "rotating_proxies"}
ADAPTERS = (
    "settings.py",
    "archive/downloader.py",
    "archive/opening.py",
    "archive/outcomes.py",
    "commands/*",
    "scrapy_fixes/*",
    "*/middleware.py",
    "*/extension.py",
    "comparison/scrapy_spider.py",
    "comparison/this_project.py",
    "comparison/twisted_treq.py",
    "comparison/gevent_*.py",  # it changes Python for whoever imports it
    "engine/*",
    "feeds/exporter.py",
    "feeds/json_rows.py",
    "feeds/spreadsheet.py",
    "feeds/xml.py",
    "identity/first_request.py",
    "jobs/scrapyd_application.py",
    "laboratory/autothrottle.py",
    "ledger/aside.py",
    "ledger/of_crawler.py",
    "ledger/opening.py",
    "ledger/preparing.py",
    "logs/handler.py",
    "pace/downloader.py",
    "pace/outcomes.py",
    "pace/pace_settings.py",
    "pace/retry.py",
    "pace/throttle_extension.py",
    "pace/throttle_settings.py",
    "pace/tuning_crawl.py",
    "pipelines/processor.py",
    "pipelines/store.py",
    "proxies/check.py",
    "proxies/outcomes.py",
    "proxies/rotation.py",
    "proxies/tunnel.py",
    "progress/pace_now.py",
    "reach/crawl_reach.py",
    "reach/curl_handler.py",
    "reach/curl_try.py",
    "reach/download_handler.py",
    "reach/outcomes.py",
    "reach/redirects.py",
    "sites/preview.py",
    "spiders/answers.py",
    "spiders/ecommerce.py",
    "spiders/fetch.py",
    "spiders/products.py",
    "spiders/reading.py",
    "feeds/parquet.py",
    "feeds/workbook.py",
    "verdict/failures.py",
)
FIRST_WITH_A_FRAMEWORK = """
import sys
from importlib import import_module
for module in sys.argv[2:]:
    import_module(module)
    if loaded := set(sys.argv[1].split(",")) & set(sys.modules):
        sys.exit(f"{module} brings {', '.join(sorted(loaded))} with it")
"""


def _is_adapter(source: Source) -> bool:
    return any(fnmatch(source.path, pattern) for pattern in ADAPTERS)


def test_rules_import_no_framework(sources: list[Source]) -> None:
    found = [
        f"{source.path}:{line} imports {package}"
        for source in sources
        if not _is_adapter(source)
        for line, package in source.imports()
        if package in FRAMEWORKS
    ]

    assert found == []


def test_rules_import_no_adapter(sources: list[Source], root: Path) -> None:
    modules = [source.module for source in sources if not _is_adapter(source)]
    assert "ecomscraper.pages.title" in modules

    command = [sys.executable, "-c", FIRST_WITH_A_FRAMEWORK, ",".join(sorted(FRAMEWORKS)), *modules]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("pattern", ADAPTERS)
def test_the_table_names_adapters_only(pattern: str, sources: list[Source]) -> None:
    matching = [source for source in sources if fnmatch(source.path, pattern) and source.text.strip()]

    assert matching
    if "*" not in pattern:  # one that needs no framework any more is a rule
        assert FRAMEWORKS & {package for _, package in matching[0].imports()}
