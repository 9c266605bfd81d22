from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("uvloop")

INSTALL = """
import gc, warnings
warnings.simplefilter("always")
from scrapy.utils.reactor import install_reactor
{first}
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor", "uvloop.Loop")
gc.collect()
from twisted.internet import reactor
print(type(reactor._asyncioEventloop).__module__)
"""
OURS = 'from ecomscraper.scrapy_fixes.event_loop import set_event_loop; set_event_loop("uvloop.Loop")'


@pytest.mark.slow
@pytest.mark.parametrize(("first", "is_left_open"), [("", True), (OURS, False)], ids=["plain Scrapy", "ours"])
def test_no_other_loop_is_left_open(first: str, is_left_open: bool) -> None:
    program = [sys.executable, "-X", "dev", "-c", INSTALL.format(first=first)]

    done = subprocess.run(program, capture_output=True, text=True, timeout=60)

    assert done.stdout == "uvloop\n"
    assert ("unclosed event loop <_UnixSelectorEventLoop" in done.stderr) is is_left_open
