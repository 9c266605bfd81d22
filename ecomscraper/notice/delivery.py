"""Gives a document to a command of the user's, on its standard input, or to an HTTP hook. It blocks: use a thread."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ecomscraper import __version__
from ecomscraper.exceptions import ConfigurationError

TRIES = 3  # of a hook that does not answer, or answers 429 or 5xx
PAUSE_SECONDS = 1.0  # before the second try; twice that before the third


class NotDelivered(Exception):
    """Nobody took the notice; `str()` says why, without the secrets that a hook's address may hold."""


def check_target(target: str) -> None:
    """Raises ConfigurationError for an ECOM_NOTIFY that can reach nobody."""
    if is_hook(target):
        if not urlsplit(target).hostname:
            raise ConfigurationError(f"ECOM_NOTIFY = {shown(target)}: the address has no host")
        return
    try:
        command = shlex.split(target)
    except ValueError as error:
        raise ConfigurationError(f"ECOM_NOTIFY: {error}; it is a command, or the address of a hook") from error
    if not command or shutil.which(command[0]) is None:
        raise ConfigurationError(
            f"ECOM_NOTIFY: there is no command {shown(target)}; give one, or an address from http:// or https:// on"
        )


def is_hook(target: str) -> bool:
    return target.lower().startswith(("http://", "https://"))


def shown(target: str) -> str:
    """A hook's host, a command's name: the rest may be secret."""
    return (urlsplit(target).hostname or "?") if is_hook(target) else (target.split() or ["''"])[0]


def deliver(
    target: str, document: Mapping[str, Any], *, seconds: float, sleep: Callable[[float], None] = time.sleep
) -> None:
    """`seconds`: how long the command, or one try of the hook, may take. Raises NotDelivered."""
    body = json.dumps(document).encode()
    if is_hook(target):
        _post(target, body, seconds, sleep)
    else:
        _run(shlex.split(target), body, seconds)


def _run(command: list[str], body: bytes, seconds: float) -> None:
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise NotDelivered(f"it took longer than {seconds:g} s") from error
    except OSError as error:
        raise NotDelivered(str(error.strerror or error)) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NotDelivered(f"it ended with {done.returncode}" + (f": {said[-1]}" if said else ""))


def _post(url: str, body: bytes, seconds: float, sleep: Callable[[float], None]) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": f"ecomscraper/{__version__}"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310  # checked before
    for attempt in range(1, TRIES + 1):
        try:
            urllib.request.urlopen(request, timeout=seconds).close()  # noqa: S310
            return
        except urllib.error.HTTPError as error:
            problem, passes = f"it answered {error.code}", error.code == 429 or error.code >= 500
            error.close()
        except OSError as error:  # URLError and time-outs are some
            problem, passes = str(getattr(error, "reason", error)), True
        if not passes or attempt == TRIES:
            raise NotDelivered(problem)
        sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
