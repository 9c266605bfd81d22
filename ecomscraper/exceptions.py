"""The tree of errors. Each class knows the exit code of `scrapy crawl` that it leads to.

EcomscraperError                 1  a bug
├── ConfigurationError           2  usage or configuration; nothing was fetched
│   ├── ArgumentError            2  a wrong `-a`, `-o` or `-O`
│   ├── ProfileError             2  a wrong or unknown site profile
│   ├── BusyError                2  another crawl holds the host or the output
│   └── NodeError                2  a Scrapyd does not answer, or says no
└── StorageError                 6  the database or the output failed
    └── SchemaError              6  the database was written by another version
"""

from __future__ import annotations


class EcomscraperError(Exception):
    """Any error of ours. `str()` is the message for a person: what, where, and what to do."""

    exit_code = 1


class ConfigurationError(EcomscraperError):
    exit_code = 2


class ArgumentError(ConfigurationError):
    """A wrong argument of a command."""


class ProfileError(ConfigurationError):
    """A site profile that is unknown or wrong; `problems` has one line for each thing to mend."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class BusyError(ConfigurationError):
    """Another running crawl holds the host or the output."""


class NodeError(ConfigurationError):
    """A Scrapyd that does not answer, or does not do what was asked of it."""


class StorageError(EcomscraperError):
    exit_code = 6


class SchemaError(StorageError):
    """The database has another schema version than this code."""
