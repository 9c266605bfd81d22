"""Chromium, from Qt's wheel: opens pages one after another, and tells what they did and what they look like.

Run as a program, for Qt wants a process and a loop of its own: `python chromium.py light` (or `dark`) reads a JSON
array of `Visit`s from standard input, and writes one of `Seen`s, in their order, to standard output. It needs no screen.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"  # root may have none, and a container seldom allows one

PATIENCE_MS = 20_000
SETTLE_MS = 300  # after loading: what a page still wants to do it does at once


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
    loaded: bool = False
    title: str = ""
    asked_for: list[str] = field(default_factory=list)
    """Each URL that the page's own one led to."""
    console: list[str] = field(default_factory=list)
    """Errors of scripts and violations of the page's policy among them."""
    answer: Any = None


def main() -> None:
    scheme = 0 if sys.argv[1] == "dark" else 1
    flags = "--disable-gpu --disable-background-networking --disable-component-update"
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = f"{flags} --blink-settings=preferredColorScheme={scheme}"
    from PyQt6.QtCore import QEventLoop, QTimer, QUrl
    from PyQt6.QtWebEngineCore import (
        QWebEnginePage,
        QWebEngineProfile,
        QWebEngineScript,
        QWebEngineSettings,
        QWebEngineUrlRequestInterceptor,
    )
    from PyQt6.QtWebEngineWidgets import QWebEngineView
    from PyQt6.QtWidgets import QApplication

    class Gate(QWebEngineUrlRequestInterceptor):  # type: ignore[misc]
        def interceptRequest(self, info: Any) -> None:
            url = info.requestUrl().toString()
            if url != visit.url:
                seen.asked_for.append(url)

    class Page(QWebEnginePage):  # type: ignore[misc]
        def javaScriptConsoleMessage(self, level: Any, message: str, line: int, source: str) -> None:
            seen.console.append(message)

    application = QApplication(sys.argv[:1])  # noqa: F841  # has to live
    profile = QWebEngineProfile()  # off the record
    gate = Gate()
    profile.setUrlRequestInterceptor(gate)
    page = Page(profile)
    settings = page.settings()
    assert settings is not None
    # As permissive as it gets: only what the page itself says holds it back.
    settings.setAttribute(QWebEngineSettings.WebAttribute.LocalContentCanAccessRemoteUrls, True)
    settings.setAttribute(QWebEngineSettings.WebAttribute.LocalContentCanAccessFileUrls, True)
    settings.setAttribute(QWebEngineSettings.WebAttribute.JavascriptCanOpenWindows, True)
    view = QWebEngineView()
    view.setPage(page)
    view.show()

    def until(begin: Any) -> Any:
        """What `begin(done)` hands to `done`, or None when patience ends."""
        loop, came = QEventLoop(), []
        QTimer.singleShot(PATIENCE_MS, loop.quit)
        begin(lambda *values: (came.append(values[0] if values else None), loop.quit()))
        if not came:
            loop.exec()
        return came[0] if came else None

    def load(done: Any) -> None:
        connection = page.loadFinished.connect(lambda ok: (page.loadFinished.disconnect(connection), done(ok)))
        page.load(QUrl(visit.url))

    def print_it(done: Any) -> None:
        connection = page.pdfPrintingFinished.connect(
            lambda path, ok: (page.pdfPrintingFinished.disconnect(connection), done(ok))
        )
        page.printToPdf(visit.paper)

    told = []
    for given in json.load(sys.stdin):
        visit, seen = Visit(**given), Seen()
        view.resize(visit.width, visit.height)
        seen.loaded = bool(until(load))
        until(lambda done: QTimer.singleShot(SETTLE_MS, done))
        world = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
        seen.answer = until(lambda done, ask=visit.ask: page.runJavaScript(ask, world, done))
        seen.title = page.title()
        if visit.paper:
            until(print_it)
        told.append(asdict(seen))
    print(json.dumps(told), flush=True)
    os._exit(0)  # Qt's own way out trips over what Python still holds


if __name__ == "__main__":
    main()
