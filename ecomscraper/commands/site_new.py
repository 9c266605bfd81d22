"""`scrapy site new URL`: drafts the profile of a shop from the first two pages of its listing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ecomscraper.commands.site_check import sites_folder
from ecomscraper.commands.site_save import check_arguments, check_url, tell_problems
from ecomscraper.commands.table import print_table, say
from ecomscraper.exceptions import ArgumentError, StorageError

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from ecomscraper.pages.product_fields import ProductFields
    from ecomscraper.sites.drafting import Draft
    from ecomscraper.sites.preview import FetchedPage

_INCOMPLETE = 3
_PAGES = 2
_LONGEST_NAME = 40
_HEAD = ("PAGE", "NAME", "PRICE", "CURRENCY", "AVAILABILITY", "URL")
_KEPT = ("robots", "limits", "retry")  # tables; what is sent to the shop may be secret, and is not printed


def new_site(url: str, arguments: Mapping[str, str], settings: Settings, *, output: str | None, force: bool) -> int:
    """Prints or writes the draft, the products of the two pages, and what is missing; returns the exit code.

    0: drafted; 3: no cards were found, or page 2 failed; else as of `scrapy crawl`. Raises EcomscraperError before
    anything is fetched where the draft could not be written.
    """
    from ecomscraper.commands.setting_values import check_settings
    from ecomscraper.sites.drafting import draft_profile
    from ecomscraper.sites.loader import override_value
    from ecomscraper.sites.preview import fetch_preview

    check_settings(settings)
    check_url(url)
    check_arguments(arguments, ("platform",))
    platforms = _platforms(arguments)
    target = _target(output, sites_folder(settings), force=force) if output else None
    for_crawl = {name: value for name, value in arguments.items() if name != "platform"}
    preview = fetch_preview(url, for_crawl, settings, follow=_follow)
    tell_problems(preview)
    if not preview.pages:
        return preview.exit_code
    own = {key: override_value(key, text) for key, text in arguments.items() if key.partition(".")[0] in _KEPT}
    draft = draft_profile([page.document for page in preview.pages], own, platforms=platforms)
    if draft is None:
        say(f"{url}: no cards of products were found: nothing repeats that has a link and a price in it")
        return preview.exit_code or _INCOMPLETE
    _give(draft, target)
    print_table([_HEAD, *_rows(draft.products)])
    if draft.missing:
        print("\nWhat could not be found:")
        for line in draft.missing:
            say(f"- {line}")
    return preview.exit_code


def _platforms(arguments: Mapping[str, str]) -> list[str] | None:
    """The presets to try; None for all. `-a platform=` tries none."""
    from ecomscraper.sites.loader import list_platforms

    wanted = arguments.get("platform")
    if wanted and wanted not in list_platforms():
        raise ArgumentError(f"-a platform={wanted}: unknown platform; allowed are {', '.join(list_platforms())}")
    return None if wanted is None else [wanted] if wanted else []


def _follow(pages: Sequence[FetchedPage]) -> str | None:
    from ecomscraper.sites.drafting import next_page

    return next_page(pages[-1].document) if len(pages) < _PAGES else None


def _target(output: str, sites_dir: Path | None, *, force: bool) -> Path:
    path = Path(output) if Path(output).suffix else Path(f"{output}.toml")
    if path.suffix != ".toml":
        raise ArgumentError(f"-o {output}: a profile's file ends in .toml")
    if sites_dir is not None and path.name == str(path):
        path = sites_dir / path
    if path.exists() and not force:
        raise ArgumentError(f"-o {output}: {path} is there already; --force overwrites it")
    if not path.parent.is_dir():
        raise ArgumentError(f"-o {output}: there is no folder {path.parent}")
    return path


def _give(draft: Draft, target: Path | None) -> None:
    if target is None:
        say(draft.text)
        return
    try:
        target.write_text(draft.text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}") from error
    print(f"wrote {target}: look it over, then run scrapy crawl products -a site={target.stem} -O products.json\n")


def _rows(pages: Sequence[Sequence[ProductFields]]) -> Iterator[tuple[str, ...]]:
    for number, products in enumerate(pages, 1):
        for product in products:
            name = product.name or "-"
            yield (
                str(number),
                name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…",
                *(str(one) if one is not None else "-" for one in (product.price, product.currency)),
                product.availability or "-",
                product.url or "-",
            )
