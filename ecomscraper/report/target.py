"""Where a report goes, and whether it can be made at all: told before there is anything to report."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

from ecomscraper.exceptions import ConfigurationError
from ecomscraper.feeds.atomic import check_target

LIBRARIES = ("jinja2", "matplotlib")
YES = "1"


def report_path(wanted: str, data_dir: Path, name: str) -> Path:
    """`wanted`: a file, a folder, or "1" for the folder of reports in `data_dir`; in a folder it is called `name`."""
    folder = data_dir / "reports" if wanted == YES else Path(wanted)
    is_folder = wanted == YES or wanted.endswith(("/", os.sep)) or folder.is_dir()
    return (folder / name if is_folder else folder).absolute()


def report_name(site: str, spider: str, crawl_id: int | str) -> str:
    """ "acme-products-7.html"; what a file's name may not have everywhere is "_"."""
    return f"{re.sub(r'[^A-Za-z0-9._-]', '_', f'{site}-{spider}-{crawl_id}')[-150:].lstrip('.')}.html"


def check_libraries(what: str) -> None:
    """Raises ConfigurationError where what makes a report is not installed. `what`: that wants one."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise ConfigurationError(f"{what} needs {' and '.join(missing)}: pip install 'ecomscraper[report]'")


def check_report_target(path: Path) -> None:
    """Raises StorageError where no report can be written."""
    check_target(path)
