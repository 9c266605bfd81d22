"""Every call of `scrapy` imports the settings and all commands: they bring nothing with them that Scrapy does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ALL_COMMANDS = """
import json, pkgutil, sys
from importlib import import_module
import scrapy.cmdline, scrapy.commands.crawl
before = set(sys.modules)
import ecomscraper.settings, ecomscraper.commands
for module in pkgutil.walk_packages(ecomscraper.commands.__path__, "ecomscraper.commands."):
    import_module(module.name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_commands_bring_no_library(root: Path) -> None:
    command = [sys.executable, "-c", ALL_COMMANDS]
    done = subprocess.run(command, cwd=root, capture_output=True, timeout=60, check=True)
    brought: list[str] = json.loads(done.stdout)

    assert "ecomscraper.commands.crawl" in brought
    libraries = {module for module in brought if module.split(".")[0] not in {*sys.stdlib_module_names, "ecomscraper"}}
    assert {module for module in libraries if not module.startswith("scrapy.commands")} == set()
    ours = {module for module in brought if module.split(".")[0] == "ecomscraper"}
    # one table of the rules says which statuses pass; it brings the standard library only
    rooms = {
        "ecomscraper",
        "ecomscraper.settings",
        "ecomscraper.exceptions",
        "ecomscraper.pace",
        "ecomscraper.pace.transient",
    }
    assert {module for module in ours if not module.startswith("ecomscraper.commands")} <= rooms
