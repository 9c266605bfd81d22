"""The page: figures in, one HTML document out that asks nobody for anything and runs nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ecomscraper.logs.harmless import harmless
from ecomscraper.report import plots
from ecomscraper.report.figures import CrawlFigures, differences
from ecomscraper.verdict.speed import short_seconds, speed_words
from ecomscraper.verdict.verdict import COMPLETE, INCOMPLETE, INTERRUPTED

TEMPLATE = "page.html"
LONGEST = 300  # characters of any text in the page
LEAST_PAUSE_SHARE = 0.1  # of the crawl: a shorter pause is none
_LOOK_OF = {COMPLETE: "good", INCOMPLETE: "partly", INTERRUPTED: "partly"}  # as on a terminal
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
        speed_lines=speed_lines(figures),
        is_good=figures.record["exit_code"] == COMPLETE,
        look=_LOOK_OF.get(figures.record["exit_code"], "bad"),
        course_plots=_course_plots(figures),
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
    return "–" if value is None else short_seconds(value)


def speed_lines(figures: CrawlFigures) -> list[str]:
    """Why it was as fast as it was, the weightiest first."""
    facts, course = figures.facts, figures.course
    lines = speed_words(figures.speed)
    pause = course.longest_pause_seconds
    if pause >= LEAST_PAUSE_SHARE * course.slot_seconds * len(course.moments) and pause > course.slot_seconds:
        lines.insert(0, f"for {seconds(pause)} on end no page was stored or failed")
    if facts.refused:
        lines.append(f"the shop refused {facts.refused:,} tries")
    if facts.retried:
        lines.append(f"{facts.retried:,} tries failed and were repeated")
    return lines


def _course_plots(figures: CrawlFigures) -> list[tuple[str, Markup]]:
    """(what it shows, the plot), where there is something over time to show."""
    course = figures.course
    if len(course.moments) < 2:
        return []
    drawn = [("Pages a second", plots.speed_plot(course))]
    if figures.speed.latency_median_seconds is not None:
        drawn.append(("Seconds until an answer", plots.latency_plot(course)))
    if course.is_sampled:
        drawn.append(("Requests at once, of all ways to the shop together", plots.concurrency_plot(course)))
    if any(each.ceiling_per_second for each in course.moments):
        drawn.append(("Requests a second, and their ceiling", plots.ceiling_plot(course)))
    if any(each.refused or each.retried for each in course.moments):
        slot = f"each {course.slot_seconds:.3g} s"
        drawn.append((f"Tries refused, and pages' tries repeated, in {slot}", plots.refusals_plot(course)))
    return [(title, Markup(svg)) for title, svg in drawn]  # noqa: S704  # drawn by us, of numbers
