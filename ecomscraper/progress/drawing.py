"""What a terminal shows: the block of a crawl under way, and the table of one that ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ecomscraper.logs.harmless import harmless
from ecomscraper.progress.snapshot import Snapshot, duration, pace_words, reasons
from ecomscraper.verdict.facts import Facts
from ecomscraper.verdict.verdict import COMPLETE, INCOMPLETE, INTERRUPTED, Verdict, pages_per_second, word_of

MOST_REASONS = 8  # rows of the table; the log's lines tell all
MOST_EXAMPLE = 60  # characters of a URL


def block(snapshot: Snapshot) -> RenderableType:
    """Five lines, six where pages failed; more on a narrow terminal."""
    tally = snapshot.tally
    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right")
    name = Text(f"{snapshot.spider} {snapshot.site}", style="bold")
    head.add_row(name, Text(f"crawl {snapshot.crawl_id}, {duration(snapshot.seconds)}", style="dim"))
    failed = sum(tally.failures.values())
    lines: list[RenderableType] = [
        Text(""),
        head,
        _bar(snapshot),
        Text.assemble(
            ("stored ", "dim"), (f"{tally.stored}", "green"), "   ",
            ("failed ", "dim"), (f"{failed}", "bold red" if failed else ""), "   ",
            ("retried ", "dim"), (f"{tally.retried}", "yellow" if tally.retried else ""), "   ",
            ("refused ", "dim"), (f"{tally.refused}", "yellow" if tally.refused else ""),
        ),
    ]  # fmt: skip
    if failed:
        lines.append(Text.assemble(("failed: ", "dim"), (reasons(tally.failures), "red")))
    left = f", {duration(snapshot.seconds_left)} to go" if snapshot.seconds_left is not None else ""
    lines.append(
        Text.assemble(f"{snapshot.pages_per_second:.1f} pages/s{left}", (f"   {pace_words(snapshot.pace)}", "dim"))
    )
    return Group(*lines)


def _bar(snapshot: Snapshot) -> RenderableType:
    tally = snapshot.tally
    row = Table.grid(expand=True, padding=(0, 2, 0, 0))
    row.add_column(ratio=1)
    row.add_column(no_wrap=True)
    bar = ProgressBar(total=max(tally.asked, 1), completed=tally.settled, complete_style="green")
    percent = "" if snapshot.grows or not tally.asked else f"{100 * tally.settled // tally.asked} %, "
    row.add_row(bar, Text(f"{percent}{tally.settled} of {snapshot.total} pages"))
    return row


def summary(verdict: Verdict, speed: Sequence[str] = ()) -> RenderableType:
    """What the crawl came to, in the first words and the colour of its frame; `speed`: why it was no faster."""
    facts = verdict.facts
    style = "green" if verdict.exit_code == COMPLETE else _STYLE_OF.get(verdict.exit_code, "red")
    title = Text(
        f"{facts.spider} {facts.site}, crawl {facts.crawl_id}: {word_of(verdict.exit_code)}",
        style=f"bold {style} not italic",
    )
    table = Table(box=box.ROUNDED, border_style=style, title=title, title_justify="left", show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, words in _rows(facts, speed):
        table.add_row(label, Text(harmless(words)))
    return table


_STYLE_OF = {INCOMPLETE: "yellow", INTERRUPTED: "yellow"}


def _rows(facts: Facts, why: Sequence[str]) -> Iterator[tuple[str, str]]:
    left = f", {facts.pending} not done" if facts.pending else ""
    yield "pages", f"{facts.stored} of {facts.pages} stored, {facts.failures} failed{left}"
    if facts.declared_total is not None:
        seen = f"{facts.cards} seen, " if facts.whole_listing else ""
        yield "products", f"{seen}the shop says {facts.declared_total}"
    most_first = sorted(facts.failed.items(), key=lambda pair: (-pair[1].count, pair[0]))
    for reason, failed in most_first[:MOST_REASONS]:
        yield f"  {reason}", f"{failed.count}, such as {_short(failed.example_url)}"
    if len(most_first) > MOST_REASONS:
        rest = sum(failed.count for _, failed in most_first[MOST_REASONS:])
        yield "  other", f"{rest}, for {len(most_first) - MOST_REASONS} more reasons"
    if facts.retried or facts.refused:
        yield "tries", f"{facts.retried} repeated, {facts.refused} refused by the shop"
    if facts.invalid:
        yield "items", f"{facts.items} rows, {facts.invalid} more did not validate"
    speed = pages_per_second(facts.stored, facts.stored_before, facts.seconds)
    yield "time", f"{facts.seconds:.1f} s, {speed:.1f} pages/s"
    for line in why:
        yield "", line
    for feed in facts.feeds:
        came = f"{feed.rows} rows in {feed.uri}" if feed.rows else f"{feed.uri} left as it was"
        yield "output", f"{feed.uri}: {feed.error}" if feed.error else came


def _short(url: str) -> str:
    return url if len(url) <= MOST_EXAMPLE else f"{url[: MOST_EXAMPLE - 1]}…"
