"""What is decided before Scrapy starts, as it loads and installs these for good."""

from __future__ import annotations

import gc
from importlib.util import find_spec

from scrapy.settings import BaseSettings

from ecomscraper.scrapy_fixes.event_loop import choose_event_loop

# Extensions that are off with us, by the setting that brings them back: to find out that they are off Scrapy loads
# them with all they lean on (aiohttp and its server, Twisted's SSH), which takes 0.15 s.
_SWITCHED = {
    "REMOTE_CONTROL_ENABLED": "scrapy.extensions.remote_control.RemoteControl",
    "TELNETCONSOLE_ENABLED": "scrapy.extensions.telnet.TelnetConsole",
}
_ON_TWISTED = "ecomscraper.reach.download_handler.HTTP11DownloadHandler"
_ON_LIBCURL = "ecomscraper.reach.curl_handler.CurlDownloadHandler"

# Objects that came and did not go, until Python looks for cycles; its default is 700. A crawl makes next to none, and
# each look goes through all that waits for the database: with 16 products a page it took 0.2 ms of each.
YOUNG_OBJECTS = 10_000


def choose_engine(settings: BaseSettings) -> None:
    """Have the crawl run on uvloop and libcurl where they are there, without what is off, if ECOM_ENGINE is `fast`.

    Python's collector of cycles looks less often from now on.
    """
    if settings["ECOM_ENGINE"] != "fast":
        return
    gc.set_threshold(YOUNG_OBJECTS)
    choose_event_loop(settings)
    choose_client(settings)
    base = settings["EXTENSIONS_BASE"]
    for switch, extension in _SWITCHED.items():
        if extension in base and extension not in settings["EXTENSIONS"] and not settings.getbool(switch):
            del base[extension]


def choose_client(settings: BaseSettings) -> None:
    """Have libcurl ask instead of Twisted's client where pycurl is there and ECOM_ENGINE_CLIENT is `curl`."""
    if settings["ECOM_ENGINE_CLIENT"] != "curl" or find_spec("pycurl") is None:
        return
    handlers = settings["DOWNLOAD_HANDLERS"]
    for scheme, handler in list(handlers.items()):
        if handler == _ON_TWISTED:  # others are the user's choice
            handlers[scheme] = _ON_LIBCURL
