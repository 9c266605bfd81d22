"""Demo shops of their own process, for whole crawls of other hosts than the embedded one."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

_DEMO_SHOP = re.compile(r"Demo shop: (http://127\.0\.0\.1:\d+)/ecommerce/ ")


@dataclass(frozen=True)
class Shop:
    """A demo shop in a process of its own."""

    address: str  # http://127.0.0.1:PORT
    process: subprocess.Popen[str]

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://")

    def listing(self, page: int = 1) -> str:
        """The URL of a listing page that answers without a redirect."""
        return f"{self.address}/ecommerce/" if page == 1 else f"{self.address}/ecommerce/page/{page}/"

    def counts(self) -> dict[str, Any]:
        """What it was asked, from its own mouth."""
        with urllib.request.urlopen(f"{self.address}/_demo/counts", timeout=10) as answer:
            counts: dict[str, Any] = json.load(answer)
            return counts

    def reset(self) -> None:
        """Count anew."""
        request = urllib.request.Request(f"{self.address}/_demo/reset", method="POST")
        urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture
def demo_shop(start_scrapy: Callable[..., subprocess.Popen[str]]) -> Callable[..., Shop]:
    """`demo_shop("--products", "960", …)` serves on a free port until the test's end; see `scrapy demo --help`."""

    def start(*options: str) -> Shop:
        process = start_scrapy("demo", "--port", "0", *options)
        assert process.stdout is not None
        said = _DEMO_SHOP.match(process.stdout.readline())
        assert said is not None, "the demo shop did not start"
        return Shop(said[1], process)

    return start
