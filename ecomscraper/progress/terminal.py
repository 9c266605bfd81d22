"""One block at the foot of a terminal, and the log above it."""

from __future__ import annotations

import atexit
import io
import logging
import sys
import threading
import time
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment

DRAW_SECONDS = 0.5  # between two drawings: a burst of log lines is drawn once


class _Terminal(Console):
    def show_cursor(self, show: bool = True) -> bool:
        return False  # the cursor stays: `kill -9` would leave a terminal without one


class _Raw:
    """Text that is written as it stands."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment(self._text)


class TerminalBlock(io.TextIOBase):
    """`show()` draws the block; while it is there, log handlers of its terminal write above it.

    It is the stream of these handlers, whatever thread they write from.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._console = _Terminal(file=stream, highlight=False, markup=False, emoji=False)
        self._lock = threading.RLock()
        self._live: Live | None = None
        self._lines: list[str] = []
        self._drawn_at = 0.0
        self._handlers: list[logging.StreamHandler[Any]] = []

    @property
    def is_possible(self) -> bool:
        """Whether the stream is a terminal that can move its cursor."""
        return self._console.is_terminal and not self._console.is_dumb_terminal

    def show(self, drawing: RenderableType) -> None:
        """Draw it in place of the last one, below the log's lines."""
        with self._lock:
            if self._live is None:
                self._start()
            assert self._live is not None
            self._live.update(drawing)
            self._draw()

    def write(self, text: str) -> int:
        with self._lock:
            self._lines.append(text)
            if time.monotonic() - self._drawn_at >= DRAW_SECONDS:
                self._draw()
        return len(text)

    def stop(self) -> None:
        """Take the block away and give the terminal back; what was written stays. A second call does nothing."""
        with self._lock:
            for handler in self._handlers:
                handler.setStream(self._stream)
            self._handlers.clear()
            if self._live is not None:
                self._draw()
                self._live.stop()
                self._live = None
                atexit.unregister(self.stop)

    def print(self, drawing: RenderableType) -> None:
        """Print something that stays, after `stop()`."""
        self._console.print(drawing)

    def _start(self) -> None:
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # somebody's print(); one into a file goes there
        )
        self._live.start()
        for handler in logging.root.handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is self._stream:
                handler.setStream(self)
                self._handlers.append(handler)
        atexit.register(self.stop)  # a second Ctrl-C ends the crawl without a word

    def _draw(self) -> None:
        lines, self._lines = "".join(self._lines), []
        self._drawn_at = time.monotonic()
        if lines:
            self._console.print(_Raw(lines), end="", soft_wrap=True)
        elif self._live is not None:
            self._live.refresh()
