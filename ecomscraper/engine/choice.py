"""What is decided before Scrapy starts, as it loads and installs these for good."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from ecomscraper.scrapy_fixes.event_loop import choose_event_loop

# Extensions that are off with us, by the setting that brings them back: to find out that they are off Scrapy loads
# them with all they lean on (aiohttp and its server, Twisted's SSH), which takes 0.15 s.
_SWITCHED = {
    "REMOTE_CONTROL_ENABLED": "scrapy.extensions.remote_control.RemoteControl",
    "TELNETCONSOLE_ENABLED": "scrapy.extensions.telnet.TelnetConsole",
}


def choose_engine(settings: BaseSettings) -> None:
    """Have the crawl run on uvloop where it is installed, and without what is off; unless ECOM_ENGINE is `scrapy`."""
    if settings["ECOM_ENGINE"] != "fast":
        return
    choose_event_loop(settings)
    base = settings["EXTENSIONS_BASE"]
    for switch, extension in _SWITCHED.items():
        if extension in base and extension not in settings["EXTENSIONS"] and not settings.getbool(switch):
            del base[extension]
