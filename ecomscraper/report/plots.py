"""Plots as SVG that stands in a page: without ids and styles of its own, in the page's colours, its texts as texts."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ecomscraper.report.course import Course
from ecomscraper.report.prices import Prices

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
# What matplotlib draws in these colours is drawn in those of the page, light or dark.
INK, GRID, MAIN, SECOND, BAD = "#010101", "#020202", "#030303", "#040404", "#050505"
_COLOURS = {INK: "var(--quiet)", GRID: "var(--line)", MAIN: "var(--main)", SECOND: "var(--second)", BAD: "var(--bad)"}
_LOOK: Any = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.grid.axis": "y",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "text.parse_math": False,
}
_SIZE = (4.6, 2.1)  # inches; the page makes it as wide as it has room for, and on a phone it must be read
_SHORT_SECONDS = 180  # of a course: a longer one is told in minutes


def speed_plot(course: Course) -> str:
    """Pages a second, stored and failed."""
    rate = [(each.stored / course.slot_seconds, each.failed / course.slot_seconds) for each in course.moments]
    lines = [("stored", MAIN, [stored for stored, _ in rate]), ("failed", BAD, [failed for _, failed in rate])]
    return _over_time(course, lines, "speed")


def latency_plot(course: Course) -> str:
    lines = [
        ("median", MAIN, [each.latency_median_seconds for each in course.moments]),
        ("95 %", SECOND, [each.latency_p95_seconds for each in course.moments]),
    ]
    return _over_time(course, lines, "latency")


def concurrency_plot(course: Course) -> str:
    lines = [
        ("allowed", SECOND, [each.concurrency for each in course.moments]),
        ("in flight", MAIN, [each.in_flight for each in course.moments]),
    ]
    return _over_time(course, lines, "concurrency")


def ceiling_plot(course: Course) -> str:
    """Requests a second: those that were allowed, and those that were answered."""
    answered: list[float | None] = [each.answered / course.slot_seconds for each in course.moments]
    ceiling = [each.ceiling_per_second for each in course.moments]
    return _over_time(course, [("ceiling", SECOND, ceiling), ("answered", MAIN, answered)], "ceiling")


def refusals_plot(course: Course) -> str:
    """Tries in each slot that were refused, and those that another one followed."""
    with mpl.rc_context(_LOOK):
        figure, axes = _axes()
        unit, times = _times(course)
        width = course.slot_seconds / (60 if unit == "minutes" else 1)
        sides = (("refused", BAD, -width / 4), ("retried", SECOND, width / 4))
        for label, colour, aside in sides:
            heights = [getattr(each, label) for each in course.moments]
            axes.bar([time + aside for time in times], heights, width=width / 2, color=colour, label=label)
        axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel(unit)
        axes.set_xlim(0, times[-1] + times[0])  # the same for all: they are held against each other
        return _svg(figure, "refusals")


def prices_plot(prices: Prices) -> str:
    """How many products are in each class of prices; the classes are equally wide on paper."""
    with mpl.rc_context(_LOOK):
        figure, axes = _axes()
        classes = prices.classes
        axes.bar(range(len(classes)), [each.count for each in classes], width=0.9, align="edge", color=MAIN)
        step = max(1, len(classes) // 4)
        ticks = range(0, len(classes) + 1, step)
        bounds = [*(each.lowest for each in classes), classes[-1].highest]
        axes.set_xticks(ticks, [f"{bounds[at]:,.4g}" for at in ticks])
        axes.set_xlabel("price")
        return _svg(figure, f"prices {prices.currency}")


def _over_time(course: Course, lines: Sequence[tuple[str, str, Sequence[float | None]]], name: str) -> str:
    with mpl.rc_context(_LOOK):
        figure, axes = _axes()
        unit, times = _times(course)
        for label, colour, values in lines:
            numbers = [float("nan") if value is None else value for value in values]
            # A slot without a sample between two that have some would be a hole in the line.
            known = [(x, y) for x, y in zip(times, numbers, strict=True) if y == y]
            axes.plot([x for x, _ in known], [y for _, y in known], color=colour, label=label)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(unit)
        axes.set_xlim(0, times[-1] + times[0])
        if len(lines) > 1:
            axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
        return _svg(figure, name)


def _axes() -> tuple[Figure, Any]:
    figure = Figure(figsize=_SIZE, layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    figure.patch.set_visible(False)
    return figure, axes


def _times(course: Course) -> tuple[str, list[float]]:
    """(the unit, the middle of each slot in it)."""
    if course.slot_seconds * len(course.moments) <= _SHORT_SECONDS:
        return "seconds", [each.minutes * 60 for each in course.moments]
    return "minutes", [each.minutes for each in course.moments]


def _svg(figure: Figure, name: str) -> str:
    """`name`: of the plot in its page, so that no two of them share an id, and the same plot has the same ids."""
    file = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _embedded(file.getvalue())


def _embedded(document: bytes) -> str:
    """An SVG document of matplotlib's as an element of a page."""
    root = ET.fromstring(document)  # noqa: S314  # matplotlib made it just now
    ET.register_namespace("", _SVG)
    for element in list(root.iter()):
        for child in list(element):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                element.remove(child)
        if (target := element.attrib.pop(f"{{{_XLINK}}}href", None)) is not None:
            element.attrib["href"] = target  # as HTML knows it
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    root.attrib["viewBox"] = f"0 0 {width.removesuffix('pt')} {height.removesuffix('pt')}"
    root.attrib["role"] = "img"
    _only_needed_ids(root)
    text = ET.tostring(root, encoding="unicode")
    text = re.sub(r"'DejaVu Sans'(, [^;\"]*)?", "system-ui, sans-serif", text)
    for drawn, shown in _COLOURS.items():
        text = text.replace(drawn, shown)
    return text


def _only_needed_ids(root: ET.Element) -> None:
    """Several plots stand in one page: an id that nothing refers to could only be there twice."""
    needed: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "href":
                needed.add(value.removeprefix("#"))
            needed.update(_REFERENCE.findall(value))
    for element in root.iter():
        if element.attrib.get("id") not in needed:
            element.attrib.pop("id", None)
