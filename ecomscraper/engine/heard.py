"""Signals are sent where somebody listens: of the nine that Scrapy sends for a page five are heard by nobody.

To each one that listens Scrapy takes 7 µs to send, as it finds out anew who that is and what he takes; and where
he may be a coroutine it starts tasks for all, though those who listen to pages are plain functions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from inspect import CO_VARKEYWORDS, isawaitable, iscoroutinefunction
from types import CodeType
from typing import Any

from pydispatch.dispatcher import Any as Anything  # type: ignore[import-untyped]
from pydispatch.dispatcher import connections, getAllReceivers, liveReceivers
from pydispatch.robustapply import robustApply  # type: ignore[import-untyped]
from scrapy.exceptions import StopDownload
from scrapy.signalmanager import SignalManager
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.python import global_object_name
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

logger = logging.getLogger("scrapy.utils.signal")  # where Scrapy's own lines of these come from

Listener = Callable[..., Any]


class HeardSignals(SignalManager):
    """Takes the place of a crawler's signal manager after that was made."""

    def send_catch_log(self, signal: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        told: list[tuple[Any, Any]] = []
        if not (listeners := self._listeners(signal, kwargs)):
            return told
        unlogged: tuple[type[Exception], ...] = (*_unlogged(kwargs), StopDownload)
        for listener in listeners:
            try:
                reply = _applied(listener, kwargs)
            except unlogged:
                reply = Failure()  # type: ignore[no-untyped-call]
            except Exception:
                reply = Failure()  # type: ignore[no-untyped-call]
                _log("Error caught on signal handler", listener, kwargs, exc_info=True)
            if isinstance(reply, Deferred):
                _log("Cannot return deferreds from signal handler", listener, kwargs)
            told.append((listener, reply))
        return told

    async def send_catch_log_async(self, signal: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        listeners = self._listeners(signal, kwargs)
        if len(listeners) > 1 and any(map(iscoroutinefunction, listeners)):  # they may wait for each other
            return await super().send_catch_log_async(**kwargs)
        told: list[tuple[Any, Any]] = []
        unlogged = _unlogged(kwargs)
        for listener in listeners:
            try:
                reply = _applied(listener, kwargs)
                if reply is not None and isawaitable(reply):
                    reply = await ensure_awaitable(reply, _warn=global_object_name(listener))
            except unlogged as error:
                reply = error
            except Exception as error:
                reply = error
                _log("Error caught on signal handler", listener, kwargs, exc_info=True)
            told.append((listener, reply))
        return told

    def _listeners(self, signal: Any, kwargs: dict[str, Any]) -> Sequence[Listener]:
        """Those that hear a signal. Where there are any, signal and sender are put among what they may take."""
        sender = kwargs.get("sender", self.sender)
        heard = receivers(signal, sender)
        if not heard:
            return ()
        kwargs["signal"], kwargs["sender"] = signal, sender
        return list(liveReceivers(heard))


def receivers(signal: Any, sender: Any) -> Any:
    """Those that may hear a signal of a sender, to iterate over; false where there are surely none."""
    of_sender = connections.get(id(sender), {})
    hears_all = Anything in of_sender or connections.get(id(Anything))
    return getAllReceivers(sender, signal) if hears_all else of_sender.get(signal)


def _applied(listener: Listener, named: Mapping[str, Any]) -> Any:
    """What the listener says to those of the arguments that it takes."""
    function = getattr(listener, "__func__", listener)
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):  # an object that can be called
        return robustApply(listener, **named)
    taken = _taken(code, function is not listener)
    return listener(**(named if taken is None else {name: named[name] for name in taken if name in named}))


@lru_cache(maxsize=256)
def _taken(code: CodeType, is_bound: bool) -> tuple[str, ...] | None:
    """The names of a function's arguments, `self` apart; None where it takes any."""
    return None if code.co_flags & CO_VARKEYWORDS else code.co_varnames[is_bound : code.co_argcount]


def _unlogged(kwargs: dict[str, Any]) -> tuple[type[Exception], ...]:
    """The errors that whoever sends the signal expects. Taken out of the arguments, as listeners do not get it."""
    errors = kwargs.pop("dont_log", ())
    if errors == ():
        return ()
    return tuple(errors) if isinstance(errors, Sequence) else (errors,)


def _log(words: str, listener: Listener, kwargs: Mapping[str, Any], *, exc_info: bool = False) -> None:
    extra = {"spider": kwargs.get("spider")}
    logger.error(f"{words}: %(receiver)s", {"receiver": listener}, exc_info=exc_info, extra=extra)
