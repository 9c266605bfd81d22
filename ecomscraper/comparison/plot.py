"""The rows as bars: pages a second, a picture in SVG that shows in light and in dark. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ecomscraper.comparison.rows import Row

USUAL, FAST = "#9aa5b1", "#2f7ed8"
_LEFT, _WIDTH, _BAR, _GAP, _TOP = 270, 460, 9, 9, 56  # pixels
_STYLE = "text{font:12px system-ui,sans-serif;fill:#57606a}.h{font-weight:600;font-size:14px}"


def plot(rows: Sequence[Row], title: str) -> str:
    """An SVG document: for each approach a bar with its usual parser, and one with the fastest."""
    names = list(dict.fromkeys(row.name for row in rows if row.problem is None))
    most = max((row.pages_a_second for row in rows if row.problem is None), default=1.0)
    step = 2 * _BAR + _GAP
    height = _TOP + step * len(names) + 10
    drawn = [
        f'<text class="h" x="10" y="22">{escape(title)}</text>',
        *_legend(),
    ]
    for number, name in enumerate(names):
        top = _TOP + step * number
        mine = [row for row in rows if row.name == name and row.problem is None]
        drawn.append(f'<text x="{_LEFT - 8}" y="{top + _BAR + 4}" text-anchor="end">{escape(name)}</text>')
        for place, row in enumerate(mine):
            drawn += _bar(row, top + place * _BAR, most, is_fast=place == len(mine) - 1)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 60}" height="{height}" role="img">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *drawn, "</svg>\n"])


def _legend() -> list[str]:
    return [
        f'<rect x="{_LEFT}" y="34" width="10" height="10" fill="{USUAL}"/>',
        f'<text x="{_LEFT + 16}" y="43">pages/s with its usual parser</text>',
        f'<rect x="{_LEFT + 210}" y="34" width="10" height="10" fill="{FAST}"/>',
        f'<text x="{_LEFT + 226}" y="43">with the fastest</text>',
    ]


def _bar(row: Row, top: int, most: float, *, is_fast: bool) -> list[str]:
    width = max(1.0, _WIDTH * row.pages_a_second / most)
    return [
        f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{FAST if is_fast else USUAL}"/>',
        f'<text x="{_LEFT + width + 4:.1f}" y="{top + _BAR}" style="font-size:9px">{row.pages_a_second:.0f}</text>',
    ]
