"""Plots stand in a page: what they bring with them, and what they do not."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest

from ecomscraper.report.course import Course, Moment
from ecomscraper.report.plots import (
    ceiling_plot,
    concurrency_plot,
    latency_plot,
    prices_plot,
    refusals_plot,
    speed_plot,
)
from ecomscraper.report.prices import CLASSES, PriceClass, Prices, edges

MOMENTS = tuple(
    Moment(at / 60, stored=40 + at, failed=at % 3, refused=at % 2, latency_median_seconds=None if at == 3 else 0.1,
           latency_p95_seconds=0.4, concurrency=8, in_flight=6.5, ceiling_per_second=50, answered=40,
           retried=at % 4)
    for at in range(9)
)  # fmt: skip
COURSE = Course(1.0, MOMENTS)
PRICES = Prices("$x$<", 3, Decimal(1), Decimal(2), Decimal(3), (PriceClass(1, 2, 2), PriceClass(2, 3, 1)))


def all_plots() -> list[str]:
    over_time = (speed_plot, latency_plot, concurrency_plot, ceiling_plot, refusals_plot)
    return [*(plot(COURSE) for plot in over_time), prices_plot(PRICES)]


def test_they_are_the_same_each_time() -> None:
    assert all_plots() == all_plots()


def test_they_share_no_id_and_lack_none() -> None:
    ids, needed = [], set()
    for plot in all_plots():
        for element in ET.fromstring(plot).iter():
            ids += [element.attrib["id"]] if "id" in element.attrib else []
            needed |= {value[1:] for name, value in element.attrib.items() if name == "href"}
            needed |= set(re.findall(r"url\(#(.*?)\)", " ".join(element.attrib.values())))
    assert len(ids) == len(set(ids))
    assert set(ids) == needed
    assert needed


def test_their_colours_are_the_pages_and_their_texts_are_texts() -> None:
    for plot in all_plots():
        assert re.findall(r"#0\d0\d0\d", plot) == []
        assert "var(--main)" in plot or "var(--bad)" in plot
        assert "<text" in plot
        assert "<style" not in plot
        assert "DejaVu" not in plot


def test_classes_of_prices_are_as_wide_as_they_must_be() -> None:
    even, growing = edges(10, 34), edges(1, 10_000)
    assert even == [float(price) for price in range(10, 35)]
    assert len(growing) == CLASSES + 1
    assert growing[-1] == 10_000
    assert growing[12] == pytest.approx(100)
    assert edges(5, 5) == [5, 5]
    assert edges(0, 1000)[:2] == [0, 1000 / CLASSES]
