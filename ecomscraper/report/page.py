"""The page: figures in, one HTML document out that asks nobody for anything and runs nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ecomscraper.logs.harmless import harmless
from ecomscraper.report import plots
from ecomscraper.report.course import Course
from ecomscraper.report.figures import CrawlFigures, differences
from ecomscraper.verdict.verdict import COMPLETE

TEMPLATE = "page.html"
LONGEST = 300  # characters of any text in the page
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")  # of a URL, with its user


def report_page(figures: CrawlFigures, against: CrawlFigures | None, made_at: datetime) -> str:
    """The report of a crawl, beside another one where `against` is given."""
    environment = Environment(
        loader=PackageLoader("ecomscraper.report", ""),
        autoescape=True,
        finalize=told,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(moment=moment, number=number, percent=percent, seconds=seconds)
    return environment.get_template(TEMPLATE).render(
        crawl=figures,
        against=against,
        differences=differences(figures.chosen, against.chosen) if against else [],
        speed_words=speed_words(figures),
        is_good=figures.record["exit_code"] == COMPLETE,
        course_plots=_course_plots(figures.course),
        price_plots=[Markup(plots.prices_plot(each)) for each in figures.prices],  # noqa: S704  # drawn by us
        sides=[figures, against] if against else [],
        reasons=sorted({each.reason for one in (figures, against) if one for each in one.failures}),
        made_at=f"{made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
    )


def told(value: object) -> object:
    """Any value that is put into the page: a text on one line in which nothing is forged, secret or endless."""
    if isinstance(value, Markup):
        return value
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}"
    text = _PASSWORD.sub("***@", harmless(str(value)))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def number(value: float | Decimal | None) -> Markup | str:
    """A number for people, 1,234, and in the same place for machines."""
    if value is None:
        return "–"
    shown = f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
    return Markup('<data value="{}">{}</data>').format(value, shown)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def moment(text: str) -> str:
    """ "2026-11-21T04:21:48.147Z" → "2026-11-21 04:21:48 UTC"."""
    return f"{text[:10]} {text[11:19]} UTC"


def seconds(value: float | None) -> str:
    """A duration for people: "0.25 s", "12 s", "1:04:09"."""
    if value is None:
        return "–"
    if value < 100:
        return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02} min"


def speed_words(figures: CrawlFigures) -> list[str]:
    """Why it was as fast as it was, the weightiest first."""
    facts, course = figures.facts, figures.course
    words = [f"{percent(why.share)} of the time: {why.words}" for why in course.whys[:2]]
    if course.latency_median_seconds is not None and course.latency_p95_seconds is not None:
        median, p95 = seconds(course.latency_median_seconds), seconds(course.latency_p95_seconds)
        words.append(f"the shop took {median} for an answer, {p95} for the slowest twentieth")
    if facts.refused:
        words.append(f"it refused {facts.refused:,} tries")
    if facts.retried:
        words.append(f"{facts.retried:,} tries failed and were repeated")
    return [*words, _allowed(figures)]


def _allowed(figures: CrawlFigures) -> str:
    """What the crawl's limits let it do."""
    values = {each.key: each.value for each in figures.chosen}
    at_once, apart = values.get("limits.concurrency", "?"), values.get("limits.delay_seconds", "?")
    sampled = "" if figures.course.is_sampled else "; a throttle of its own it had none"
    return f"its limits allowed {at_once} requests at once, {apart} s apart{sampled}"


def _course_plots(course: Course) -> list[tuple[str, Markup]]:
    """(what it shows, the plot), where there is something over time to show."""
    if len(course.moments) < 2:
        return []
    drawn = [("Pages a second", plots.speed_plot(course))]
    if course.latency_median_seconds is not None:
        drawn.append(("Latency, weighted by answers", plots.latency_plot(course)))
    if course.is_sampled:
        drawn.append(("Concurrency, of all ways to the shop together", plots.concurrency_plot(course)))
    if any(each.spacing_seconds for each in course.moments):
        drawn.append(("Spacing of requests", plots.spacing_plot(course)))
    if any(each.refused for each in course.moments):
        drawn.append(("Refusals", plots.refusals_plot(course)))
    return [(title, Markup(svg)) for title, svg in drawn]  # noqa: S704  # drawn by us, of numbers
