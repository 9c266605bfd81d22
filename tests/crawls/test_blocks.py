"""Block pages of a shop's own, by what its profile says of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_twisted


@pytest.mark.parametrize(
    ("marker", "evidence"),
    [
        ({"blocks.text": "Page 7"}, "the profile's text 'Page 7' stands in the page"),
        ({"blocks.selector": "xpath://title[contains(., 'Page 7')]"}, "the profile's selector xpath://title"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_marker_of_the_profile(
    marker: dict[str, str], evidence: str, crawl: Callable[..., Awaitable[Any]]
) -> None:
    crawled = await crawl(pages="6-8", **marker)

    assert crawled.verdict.exit_code == 4
    assert [(page.page, page.reason) for page in crawled.pages() if page.status == "failed"] == [(7, "blocked")]
    assert evidence in crawled.pages()[1].detail
