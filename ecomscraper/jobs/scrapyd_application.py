"""Scrapyd as it is, but for one thing: it does not start without a password, for whoever reaches it runs any code."""

from __future__ import annotations

from typing import Any

from scrapyd import app
from scrapyd.basicauth import wrap_resource
from twisted.web.resource import Resource


def application(config: Any) -> Any:
    """For `application` in scrapyd.conf. Ends the process with a line that says what is missing."""
    everything = Resource()  # type: ignore[no-untyped-call]
    if wrap_resource(everything, config) is everything:
        raise SystemExit("scrapyd: set SCRAPYD_USERNAME and SCRAPYD_PASSWORD: without them, anyone could run code here")
    return app.application(config)
