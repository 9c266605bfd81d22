"""Signals are sent where somebody listens: of the nine that Scrapy sends for a page five are heard by nobody."""

from __future__ import annotations

from typing import Any

from pydispatch.dispatcher import Any as Anything  # type: ignore[import-untyped]
from pydispatch.dispatcher import connections
from scrapy.signalmanager import SignalManager


class HeardSignals(SignalManager):
    """Takes the place of a crawler's signal manager after that was made."""

    def send_catch_log(self, signal: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        for sender in (kwargs.get("sender", self.sender), Anything):
            heard = connections.get(id(sender), ())
            if signal in heard or Anything in heard:
                return super().send_catch_log(signal, **kwargs)
        return []
