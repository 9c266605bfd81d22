from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.settings import Settings

from ecomscraper import settings as ours
from ecomscraper.commands.setting_values import check_components, check_settings
from ecomscraper.exceptions import ConfigurationError
from ecomscraper.pace.retry import RetryMiddleware

RETRY = "ecomscraper.pace.retry.RetryMiddleware"
WITHOUT_RETRY = {path: order for path, order in ours.DOWNLOADER_MIDDLEWARES.items() if path != RETRY}


class SlowRetries(RetryMiddleware):
    """Somebody's own."""


def settings(**given: object) -> Settings:
    """The project's settings with `given` over them, as `-s` would put them there."""
    made = Settings()
    made.setmodule("ecomscraper.settings", priority="project")
    made.update(given, priority="cmdline")
    return made


def problems(**given: object) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        check_settings(settings(**given))
    return str(refused.value).splitlines()


def test_the_projects_own_settings_are_right() -> None:
    check_settings(settings())
    check_components(settings())


def test_an_engine_that_is_not_there_is_named() -> None:
    assert problems(ECOM_ENGINE="quick") == ["ECOM_ENGINE = 'quick', must be one of fast, scrapy"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOWNLOAD_DELAY", "0.25"),
        ("DOWNLOAD_TIMEOUT", "2.5"),
        ("DOWNLOAD_MAXSIZE", "0"),  # no limit
        ("TELNETCONSOLE_ENABLED", "True"),  # its default is the number 1
        ("DEPTH_PRIORITY", "-1"),
        ("CLOSESPIDER_TIMEOUT", "1.5"),
        ("FEED_EXPORT_INDENT", None),
        ("ECOM_PACE_BREAKER_PATIENCE_SECONDS", "inf"),
        ("ECOM_DEMO_SMALL", "1"),
        ("LOG_LEVEL", 10),
        ("NOBODY_KNOWS_THIS", "x"),  # another component's
    ],
)
def test_what_works_is_let_through(name: str, value: object) -> None:
    check_settings(settings(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("CONCURRENT_REQUESTS", "abc", "CONCURRENT_REQUESTS = 'abc', must be a whole number"),
        ("CONCURRENT_REQUESTS", "2.5", "CONCURRENT_REQUESTS = '2.5', must be a whole number"),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", "0", "CONCURRENT_REQUESTS_PER_DOMAIN = '0', must be ≥ 1"),
        ("DOWNLOAD_DELAY", "-1", "DOWNLOAD_DELAY = '-1', must be ≥ 0"),
        ("COOKIES_ENABLED", "maybe", "COOKIES_ENABLED = 'maybe', must be True or False"),
        ("ECOM_DEMO_SMALL", "little", "ECOM_DEMO_SMALL = 'little', must be True or False"),
        ("ECOM_LEDGER_BATCH_SECONDS", "nan", "ECOM_LEDGER_BATCH_SECONDS = 'nan', must be ≥ 0"),
        ("ECOM_LEDGER_BUFFER_PAGES", 0, "ECOM_LEDGER_BUFFER_PAGES = 0, must be ≥ 1"),
        ("ECOM_DOWNLOAD_HEADERS_BYTES", [], "ECOM_DOWNLOAD_HEADERS_BYTES = [], must be a whole number"),
        ("ECOM_LEDGER_BUZY", "wait", "ECOM_LEDGER_BUZY: unknown setting; did you mean ECOM_LEDGER_BUSY?"),
        ("LOG_LEVEL", "info", "LOG_LEVEL = 'info', must be CRITICAL, ERROR, WARNING, INFO or DEBUG"),
    ],
)
def test_what_cannot_work_is_told(name: str, value: object, problem: str) -> None:
    assert problems(**{name: value}) == [problem]


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    assert problems(LOG_FILE=str(tmp_path)) == [f"LOG_FILE = '{tmp_path}', cannot be written: Is a directory"]


def test_a_table_that_leaves_out_ours_is_told(caplog: pytest.LogCaptureFixture) -> None:
    robots = "ecomscraper.robots.middleware.RobotsTxtMiddleware"
    check_components(settings(DOWNLOADER_MIDDLEWARES={**WITHOUT_RETRY, robots: None}))
    assert caplog.messages == [
        f"DOWNLOADER_MIDDLEWARES replaces the whole table, and leaves out {RETRY}; add them, or give them None if that "
        "is meant"
    ]


def test_a_table_that_names_ours_or_holds_something_made_of_them_is_right(caplog: pytest.LogCaptureFixture) -> None:
    check_components(settings(DOWNLOADER_MIDDLEWARES={**WITHOUT_RETRY, SlowRetries: 550}))
    assert caplog.messages == []
