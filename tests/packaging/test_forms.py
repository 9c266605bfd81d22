"""The project does the same from a source tree, from an installed wheel and from a zipped egg."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Form

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ecomscraper"
SHIPPED = sorted(file.stem for file in (PACKAGE / "sites").glob("*.toml"))
DATA = sorted(file.relative_to(ROOT).as_posix() for file in [*PACKAGE.rglob("*.toml"), *PACKAGE.rglob("py.typed")])

LOADED = """
import json
import ecomscraper
from ecomscraper.sites.loader import list_sites, load_profile
profiles = {name: load_profile(name).profile.model_dump(mode="json") for name in list_sites()}
print(json.dumps({"package": ecomscraper.__file__, "profiles": profiles}))
"""


def _loaded(form: Form) -> dict[str, Any]:
    # The source tree is found through scrapy.cfg; a script must be told.
    path = ["import sys", f"sys.path.insert(0, {str(form.folder)!r})"] if form.name == "source" else []
    loaded: dict[str, Any] = json.loads(form.call("-c", "\n".join([*path, LOADED])))
    return loaded


@pytest.fixture(scope="session")
def in_source(source_form: Form) -> dict[str, Any]:
    return _loaded(source_form)


@pytest.fixture(scope="session")
def shown_in_source(source_form: Form) -> dict[str, str]:
    return {name: source_form.scrapy("site", "show", name) for name in SHIPPED}


def test_every_shipped_profile_loads(form: Form, in_source: dict[str, Any]) -> None:
    loaded = _loaded(form)

    assert loaded["package"].startswith(form.package)
    assert sorted(loaded["profiles"]) == SHIPPED
    assert loaded["profiles"] == in_source["profiles"]


def test_site_list_names_every_shipped_profile(form: Form) -> None:
    heading, *rows = form.scrapy("site", "list").splitlines()

    assert heading.split()[:2] == ["NAME", "START"]
    assert [row.split()[0] for row in rows] == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_site_show_prints_the_same_profile(form: Form, shown_in_source: dict[str, str], name: str) -> None:
    printed = form.scrapy("site", "show", name)

    assert f"site {name}.toml" in printed
    assert printed == shown_in_source[name]


def test_main_command(form: Form) -> None:
    form.scrapy("crawl", "ecommerce", "-O", "titles.json")

    assert [row["page"] for row in form.read_json("titles.json")] == list(range(1, 13))


def test_data_lies_beside_scrapy_cfg_or_in_the_working_directory(form: Form) -> None:
    form.scrapy("crawl", "ecommerce", "-a", "pages=1")

    assert (form.folder / "data" / "ecomscraper.sqlite3").is_file()


def test_wheel_and_egg_hold_the_package_and_its_data_only(wheel: Path, egg: Path) -> None:
    for archive in (wheel, egg):
        names = zipfile.ZipFile(archive).namelist()

        rooms = {name.split("/")[0] for name in names}
        assert sorted(rooms - {"EGG-INFO"} - {room for room in rooms if room.endswith(".dist-info")}) == ["ecomscraper"]
        assert sorted(name for name in names if name.endswith((".toml", "py.typed"))) == DATA
