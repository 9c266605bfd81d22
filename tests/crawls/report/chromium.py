"""Chromium, from Qt's wheel: opens pages one after another, and tells what they did and what they look like.

Run as a program, for Qt wants a process and a loop of its own: `python chromium.py light` (or `dark`) reads a JSON
array of `Visit`s from standard input, and writes one of `Seen`s, in their order, to standard output. It needs no
screen, and nothing but the page itself keeps a page from anything.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

FLAGS = (
    "--disable-gpu --disable-dev-shm-usage --disable-background-networking --disable-component-update"
    f" --blink-settings=preferredColorScheme={0 if sys.argv[1:] == ['dark'] else 1}"
)
os.environ |= {
    "QT_QPA_PLATFORM": "offscreen",
    "QTWEBENGINE_DISABLE_SANDBOX": "1",  # root may have none, and a container seldom allows one
    "QTWEBENGINE_CHROMIUM_FLAGS": FLAGS,
}

from PyQt6.QtCore import QEventLoop, QTimer, QUrl  # noqa: E402  # it reads the environment
from PyQt6.QtWebEngineCore import (  # noqa: E402
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineScript,
    QWebEngineSettings,
    QWebEngineUrlRequestInterceptor,
)
from PyQt6.QtWebEngineWidgets import QWebEngineView  # noqa: E402
from PyQt6.QtWidgets import QApplication  # noqa: E402

PATIENCE_MS = 20_000
SETTLE_MS = 300  # after loading: what a page still wants to do it does at once
OWN_WORLD = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
PERMISSIONS = (
    QWebEngineSettings.WebAttribute.LocalContentCanAccessRemoteUrls,
    QWebEngineSettings.WebAttribute.LocalContentCanAccessFileUrls,
    QWebEngineSettings.WebAttribute.JavascriptCanOpenWindows,
)


@dataclass
class Visit:
    url: str
    width: int = 1280
    height: int = 800
    ask: str = "null"
    """JavaScript whose value is told; run in a world of its own, which no page's policy forbids."""
    paper: str = ""
    """Where a PDF goes."""


@dataclass
class Seen:
    loaded: bool
    asked_for: list[str] = field(default_factory=list)
    """Each URL that the page's own one led to."""
    console: list[str] = field(default_factory=list)
    """Errors of scripts and violations of the page's policy among them."""
    answer: Any = None


class Requests(QWebEngineUrlRequestInterceptor):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def interceptRequest(self, info: Any) -> None:
        self.urls.append(info.requestUrl().toString())


class Page(QWebEnginePage):  # type: ignore[misc]
    def __init__(self, profile: QWebEngineProfile) -> None:
        super().__init__(profile)
        self.console: list[str] = []
        settings = self.settings()
        assert settings is not None
        for permission in PERMISSIONS:
            settings.setAttribute(permission, True)

    def javaScriptConsoleMessage(self, level: Any, message: str, line: int, source: str) -> None:
        self.console.append(message)


def until(begin: Callable[[Callable[..., None]], Any]) -> Any:
    """What `begin(done)` hands to `done`, or None when patience ends."""
    loop = QEventLoop()
    came: list[Any] = []

    def done(*values: Any) -> None:
        came.extend(values or [None])
        loop.quit()

    QTimer.singleShot(PATIENCE_MS, loop.quit)
    begin(done)
    if not came:
        loop.exec()
    return came[-1] if came else None


def visit_it(view: QWebEngineView, page: Page, requests: Requests, visit: Visit) -> Seen:
    requests.urls.clear()
    page.console.clear()
    view.resize(visit.width, visit.height)

    def load(done: Callable[..., None]) -> None:
        page.loadFinished.connect(done)
        page.load(QUrl(visit.url))

    loaded = until(load)
    page.loadFinished.disconnect()
    until(lambda done: QTimer.singleShot(SETTLE_MS, done))
    answer = until(lambda done: page.runJavaScript(visit.ask, OWN_WORLD, done))
    if visit.paper:
        until(lambda done: (page.pdfPrintingFinished.connect(done), page.printToPdf(visit.paper)))
        page.pdfPrintingFinished.disconnect()
    others = [url for url in requests.urls if url != QUrl(visit.url).toString()]
    return Seen(bool(loaded), others, list(page.console), answer)


def main() -> None:
    application = QApplication(sys.argv[:1])
    profile = QWebEngineProfile()  # off the record
    requests = Requests()
    profile.setUrlRequestInterceptor(requests)
    page = Page(profile)
    view = QWebEngineView()
    view.setPage(page)
    view.show()
    visits = [Visit(**given) for given in json.load(sys.stdin)]
    json.dump([asdict(visit_it(view, page, requests, visit)) for visit in visits], sys.stdout)
    sys.stdout.flush()
    application.processEvents()
    os._exit(0)  # Qt's own way out trips over what Python still holds


if __name__ == "__main__":
    main()
