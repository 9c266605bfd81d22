"""What makes proxy.py take two users, and refuse after so many requests: plug-ins of its own process."""

from __future__ import annotations

import base64
import time
from typing import ClassVar

from proxy.http import httpHeaders
from proxy.http.exception import HttpRequestRejected, ProxyAuthenticationFailed
from proxy.http.parser import HttpParser
from proxy.http.proxy import HttpProxyBasePlugin

CAPTCHA = b"""<html><head><title>Security check</title></head><body><h1>Are you a human?</h1>
<form action="/verify"><div class="g-recaptcha" data-sitekey="x"></div><button>Go on</button></form></body></html>"""


class TwoUsers(HttpProxyBasePlugin):
    """Knows alice and bob, whose passwords are their names backwards."""

    KNOWN: ClassVar = {base64.b64encode(user) for user in (b"alice:ecila", b"bob:bob")}

    def before_upstream_connection(self, request: HttpParser) -> HttpParser | None:
        said = (request.headers or {}).get(httpHeaders.PROXY_AUTHORIZATION)
        if said is None or said[1].split()[-1] not in self.KNOWN:
            raise ProxyAuthenticationFailed
        return request


class BansAfterTwenty(HttpProxyBasePlugin):
    """Serves 20 requests, and then a captcha with status 200 for some seconds; and so on."""

    SECONDS: ClassVar = 2.0
    served: ClassVar = 0
    banned_until: ClassVar = 0.0

    def handle_client_request(self, request: HttpParser) -> HttpParser | None:
        own = type(self)
        if own.served >= 20:
            own.served, own.banned_until = 0, time.monotonic() + self.SECONDS
        if time.monotonic() < own.banned_until:
            headers = {b"Content-Type": b"text/html", b"Connection": b"close"}
            raise HttpRequestRejected(status_code=200, reason=b"OK", headers=headers, body=CAPTCHA)
        own.served += 1
        return request
