"""What Prometheus gets can be parsed, keeps to its names, and is all that the dashboard asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ecomscraper.ledger.tally import BODY_BYTES, Gain, Tally
from ecomscraper.metrics.classes import LATENCY_SECONDS, Classes
from ecomscraper.metrics.families import CrawlCollector, registry_of
from ecomscraper.progress.snapshot import PaceNow

DASHBOARD = Path(__file__).parents[2] / "data" / "grafana-dashboard.json"
SITE = 'sh"op\\\n\x1b'
TALLY = Tally(pages=20, stored=9, failed={"http_500": 3, "past_the_end": 1}, retried=4, refused=2, items=90, invalid=5)
FUNCTIONS = {"rate", "increase", "sum", "by", "histogram_quantile", "time", "and", "or", "on"}
LABELS = {"site", "reason", "le", "instance", "job"}


@pytest.fixture
def exposition() -> str:
    latency = Classes(LATENCY_SECONDS)
    for seconds in (0.05, 0.2, 99.0):
        latency.add(seconds)
    tally = TALLY.plus(Gain(bodies=[BODY_BYTES[0], BODY_BYTES[0] + 1, 10**9]))
    collector = CrawlCollector(
        site=SITE,
        crawl_id=7,
        started_at=1000.5,
        tally=lambda: tally,
        pace=lambda: PaceNow(3, 8, "", 1.5),
        latency=latency,
    )
    return generate_latest(registry_of(collector)).decode()


def samples(exposition: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_it_parses_to_what_was_told(exposition: str) -> None:
    found = samples(exposition)
    site = {"site": SITE}
    values = {
        "ecom_crawl_number": 7,
        "ecom_start_timestamp_seconds": 1000.5,
        "ecom_known_pages": 19,
        "ecom_pending_pages": 7,
        "ecom_stored_pages_total": 9,
        "ecom_retried_tries_total": 4,
        "ecom_refused_tries_total": 2,
        "ecom_item_rows_total": 90,
        "ecom_invalid_items_total": 5,
        "ecom_in_flight_requests": 3,
        "ecom_concurrency_requests": 8,
        "ecom_rest_seconds": 1.5,
        "ecom_answer_latency_seconds_sum": 99.25,
        "ecom_answer_latency_seconds_count": 3,
        "ecom_answer_body_bytes_count": 3,
        "ecom_answer_body_bytes_sum": 10**9 + 2 * BODY_BYTES[0] + 1,
    }
    assert {name: found[name] for name in values} == {name: [(site, value)] for name, value in values.items()}
    assert found["ecom_failed_pages_total"] == [({"site": SITE, "reason": "http_500"}, 3)]
    buckets = {labels["le"]: value for labels, value in found["ecom_answer_body_bytes_bucket"]}
    assert buckets == {
        "4096.0": 1,
        "16384.0": 2,
        "65536.0": 2,
        "262144.0": 2,
        "1048576.0": 2,
        "4194304.0": 2,
        "+Inf": 3,
    }
    latencies = [value for _, value in found["ecom_answer_latency_seconds_bucket"]]
    assert latencies == [1, 1, 2, 2, 2, 2, 2, 2, 2, 3]


def test_names_and_labels_keep_to_the_rule(exposition: str) -> None:
    ours = {name: found for name, found in samples(exposition).items() if not name.startswith("process_")}
    assert "ecom_stored_pages_total" in ours
    for name, found in ours.items():
        assert re.fullmatch(r"ecom_[a-z]+(_[a-z]+)+", name)
        for labels, _ in found:
            assert set(labels) <= {"site", "reason", "le"}
    assert all(family.documentation for family in text_string_to_metric_families(exposition))


def test_before_the_ledger_is_counted_there_are_no_figures_of_pages() -> None:
    collector = CrawlCollector(
        site="shop", crawl_id=1, started_at=0, tally=lambda: None, pace=lambda: PaceNow(0, 1, ""), latency=Classes(())
    )
    names = samples(generate_latest(registry_of(collector)).decode())
    assert "ecom_in_flight_requests" in names
    assert not [name for name in names if name.endswith("_pages") or name.endswith("_pages_total")]


def test_the_dashboard_names_metrics_that_exist(exposition: str) -> None:
    known = set(samples(exposition))
    asked = list(_expressions(json.loads(DASHBOARD.read_text(encoding="utf-8"))))

    assert len(asked) > 15
    for expression in asked:
        bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"", "", expression)
        words = set(re.findall(r"[a-zA-Z_]\w*", bare)) - FUNCTIONS - LABELS - {"label_values"}
        assert words
        assert words <= known, expression
    shown = " ".join(asked)
    assert not [name for name in known if name.startswith("ecom_") and _base(name) not in shown]


def _base(name: str) -> str:
    return re.sub(r"_(bucket|sum|count)$", "", name)


def _expressions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "expr" or (key == "query" and isinstance(value, str) and "(" in value):
                yield value
            else:
                yield from _expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from _expressions(value)
