"""The outputs of a crawl, checked before anything is fetched for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from ecomscraper.exceptions import ArgumentError
from ecomscraper.feeds.atomic import AtomicFileStorage, check_target

NEEDS = {"parquet": "pyarrow", "xlsx": "openpyxl"}  # of the extra `tables`
IN_NAMES = ("site", "crawl", "name", "time", "batch_id", "batch_time")  # what a file's name may say
_IN_NAME = re.compile(r"%\(([^)]*)\)0?\d*[sd]|%%|%")
APPENDABLE = ("jsonlines", "jsonl", "jl", "csv")


def check_feeds(feeds: Mapping[str, Mapping[str, Any]], *, shared: bool = False) -> None:
    """Refuses outputs that could not be written at the end. `shared`: other workers look at this moment, too.

    Raises ArgumentError for a format that lacks its library or cannot be appended to, StorageError for a file that
    cannot be written, BusyError for one that another crawl is writing.
    """
    check_names(feeds)
    for uri, options in feeds.items():
        library = NEEDS.get(str(options.get("format")))
        if library is not None and find_spec(library) is None:
            raise ArgumentError(f"{uri}: this format needs {library}: pip install 'ecomscraper[tables]'")
        if not is_file(str(uri)):
            continue
        storage = AtomicFileStorage(str(uri), feed_options=dict(options))
        if storage.appends and storage.path.exists() and options["format"] not in APPENDABLE:
            raise ArgumentError(
                f"-o {uri}: appending would break a {options['format']} file; use -O to replace it, or .jsonl or .csv"
            )
        if shared:
            check_target(storage.path)
            continue
        storage.reserve()
        storage.release()


def check_names(feeds: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises ArgumentError for a file's name that cannot be filled in: Scrapy would give it up during the crawl."""
    for uri, options in feeds.items():
        if options.get("uri_params"):  # a function of the user's own fills it in
            continue
        for match in _IN_NAME.finditer(str(uri)):
            if match[0] != "%%" and match[1] not in IN_NAMES:
                there_are = ", ".join(f"%({name})s" for name in IN_NAMES)
                raise ArgumentError(f"{uri}: {match[0]} says nothing here; there are {there_are}, and %% for a %")


def is_file(uri: str) -> bool:
    """Whether a feed's URI is a file here, and not S3, FTP or standard output."""
    return urlsplit(uri).scheme in ("", "file")
