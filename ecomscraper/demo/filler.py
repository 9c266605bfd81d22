"""What shop pages carry besides products: styles, scripts, icons, menus. Weight, and nothing to extract."""

from __future__ import annotations

from ecomscraper.demo.document import Boilerplate
from ecomscraper.demo.words import COLOURS, NOUNS, SECTIONS

_STATES = (":hover", ":focus", ":active", ":visited", ":first-child", ":last-child", ":disabled")
_USES = ("color", "background-color", "border-color")


def _styles() -> str:
    shades = "".join(f"--demo--color--{name}:#{i * 823_117 % 0xFFFFFF:06x};" for i, name in enumerate(COLOURS, 1))
    uses = [f".has-{name}-{use}{{{use}:var(--demo--color--{name}) !important;}}" for name in COLOURS for use in _USES]
    states = [
        f".demo-{section} a{state},.demo-{section} button{state},.demo-{section} .widget-title{state}"
        "{color:var(--demo--color--ink);text-decoration:none;"
        "transition:color .2s ease-in-out,border-color .2s ease-in-out,background-color .2s ease-in-out;}"
        for section in SECTIONS
        for state in _STATES
    ]
    return "\n".join((f"body{{{shades}}}", *uses, *states))


def _texts() -> str:
    entries = ",\n".join(
        f'"{section}_{noun}":"The {section} for {noun} could not be loaded, please try again later."'.lower()
        for section in SECTIONS
        for noun in NOUNS[:38]
    )
    return f"var demoShopTexts={{{entries}}};"


def _icons() -> str:
    """Icons with titles of their own, which are not the page's."""
    symbols = "".join(
        f'<symbol id="icon-{name}" viewBox="0 0 24 24"><title>{name.title()}</title>'
        f'<path d="M{i} 3h18l-{i} 12H5zM7 {i}v4h4"/></symbol>\n'
        for i, name in enumerate(SECTIONS)
    )
    return f'<svg class="icons" hidden>\n{symbols}</svg>\n'


def _menu() -> str:
    items = "".join(
        f'<li id="menu-item-{100 + i}" class="menu-item menu-item-type-taxonomy menu-item-{100 + i}">'
        f'<a href="#{noun.lower()}" class="menu-link" aria-label="All of {noun}">{noun}</a></li>\n'
        for i, noun in enumerate(NOUNS)
    )
    return f'<nav class="main-navigation"><ul class="menu nav-menu">\n{items}</ul></nav>\n'


HEAD_FILLER = f"<style id='demo-presets-inline-css'>\n{_styles()}\n</style>\n"
BODY_FILLER = _icons() + _menu()
FOOT_FILLER = Boilerplate(f"<script id='demo-texts-js-extra'>\n{_texts()}\n</script>\n")
