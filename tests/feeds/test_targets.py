"""Names of outputs, which say which crawl they are of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from ecomscraper.exceptions import ArgumentError
from ecomscraper.feeds.targets import check_names


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.json")]


@pytest_twisted.ensureDeferred
async def test_each_crawl_has_a_file_of_its_own(crawl: Any, tmp_path: Path) -> None:
    feeds = {str(tmp_path / "%(site)s-%(crawl)s-%(name)s.json"): {"format": "json"}}
    for _ in range(2):
        await crawl(settings={"FEEDS": feeds, "ECOM_DEMO_PRODUCTS": "16"}, site="demo")
    assert sorted(names_in(tmp_path)) == ["demo-1-ecommerce.json", "demo-2-ecommerce.json"]


@pytest.mark.parametrize("name", ["%(foo)s.json", "50%.json", "%s.json", "%d", "%(site).json", "a/%(_job)s.csv"])
def test_a_name_that_cannot_be_filled_in_is_told(name: str) -> None:
    with pytest.raises(ArgumentError, match=r"says nothing here; there are %\(site\)s, %\(crawl\)s, .* and %% for a %"):
        check_names({name: {"format": "json"}})


@pytest.mark.parametrize("name", ["titles.json", "50%%.json", "%(time)s/%(batch_id)05d.csv", "%(site)s%(crawl)s"])
def test_a_name_that_can_be_filled_in_is_taken(name: str) -> None:
    check_names({name: {"format": "json"}})


def test_names_that_a_function_of_the_users_fills_in_are_left_alone() -> None:
    check_names({"%(whatever)s.json": {"format": "json", "uri_params": "project.module.function"}})
