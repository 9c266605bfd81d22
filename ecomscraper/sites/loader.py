"""Reads a profile layer by layer: defaults < platform preset < shipped file < the user's file < `-a`.

Files are read as package resources, so that a zipped egg works as a source tree does.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from ecomscraper.exceptions import ProfileError
from ecomscraper.sites.problems import nearest, problem_lines, shown
from ecomscraper.sites.profile import SiteProfile

_SUFFIX = ".toml"
_TEXTS = ("headers.", "cookies.", "first_request.form.")  # tables whose values are text, whatever they look like


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile and, for each of its values, who set it."""

    profile: SiteProfile
    origins: dict[str, str]
    """Dotted key → "default", "platform NAME", "site NAME.toml", "DIRECTORY/NAME.toml" or "-a"."""

    def value(self, key: str) -> Any:
        """The value of a dotted key of `origins`. Raises KeyError for any other."""
        value: Any = self.profile.model_dump()
        for part in _split(key):
            value = value[part]
        return value


@dataclass(frozen=True, slots=True)
class _Layer:
    origin: str
    file: str
    """As it is named in front of a problem."""
    values: Mapping[str, Any] = field(repr=False)

    def has(self, path: Sequence[str]) -> bool:
        """Whether this layer sets `path`, or something that is in its place."""
        value: Any = self.values
        for key in path:
            if not isinstance(value, Mapping):
                return True
            if key not in value:
                return False
            value = value[key]
        return True


def list_sites(sites_dir: Path | None = None) -> list[str]:
    """Names of the shipped sites and of those in `sites_dir`, in alphabetical order.

    Raises ProfileError when `sites_dir` cannot be read.
    """
    try:
        own = _toml_files(sites_dir) if sites_dir else []
    except OSError as error:
        path = json.dumps(
            str(sites_dir), ensure_ascii=not str(sites_dir).isprintable()
        )  # whole: a half path is of no use
        raise ProfileError(f"ECOM_SITES_DIR = {path}, cannot be read: {_reason(error)}") from error
    return sorted({_stem(file) for file in [*_toml_files(_shipped()), *own]})


def load_profile(
    name: str, *, sites_dir: Path | None = None, overrides: Mapping[str, str] | None = None
) -> LoadedProfile:
    """The profile of the site `name`. `overrides`: dotted keys, values as in TOML or else as plain text.

    Raises ProfileError with all problems at once, each naming file, key, value and what is allowed.
    """
    sites = list_sites(sites_dir)
    if name not in sites:
        raise ProfileError(f"unknown site {shown(name)}{nearest(name, sites) or '.'} `scrapy site list` shows all")
    return _build(name, [*_site_layers(name, sites_dir), _override_layer(overrides or {})])


def list_platforms() -> list[str]:
    """Names of the presets that a profile may build on, in alphabetical order."""
    return sorted(_stem(file) for file in _toml_files(_shipped() / "platforms"))


def profile_from_text(name: str, text: str) -> LoadedProfile:
    """The profile that a file `name`.toml with this text is. Raises ProfileError as `load_profile` does."""
    label = f"{name}{_SUFFIX}"
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{label}: is no TOML: {error}") from error
    return _build(name, [_Layer(f"site {label}", label, values), _override_layer({})])


def profile_of_host(host: str, *, sites_dir: Path | None = None) -> str | None:
    """The site that starts on `host`, such as "shop.example" or "127.0.0.1:8000"; None if none does.

    Raises ProfileError when a file cannot be read: it might be the one that holds this host's limits.
    """
    for name in list_sites(sites_dir):
        merged: dict[str, Any] = {}
        for layer in _site_layers(name, sites_dir):
            merged |= layer.values
        starts = [merged.get("start"), *_as_list(merged.get("starts"))]
        if host.lower() in {urlsplit(str(start)).netloc.lower() for start in starts if start}:
            return name
    return None


def profile_without_site(hosts: Sequence[str], *, overrides: Mapping[str, str] | None = None) -> LoadedProfile:
    """The defaults, for a list of URLs on `hosts` that no profile knows; `overrides` as in `load_profile`.

    Its name is the host's if there is one only, else "url_list".
    """
    name = hosts[0] if len(hosts) == 1 else "url_list"
    strategy = _Layer("default", name, {"pagination": {"strategy": "url_list"}})
    return _build(name, [strategy, _override_layer(overrides or {})])


def _build(name: str, site_layers: Sequence[_Layer]) -> LoadedProfile:
    """`site_layers`: lowest first, the overrides last."""
    platform_layers, problems = _platform(site_layers)
    problems += _wrong_names(name, site_layers)
    layers = [*platform_layers, *site_layers]
    merged: dict[str, Any] = {}
    for layer in layers:
        _merge(merged, layer.values)

    def who(path: Sequence[str], otherwise: _Layer) -> _Layer:
        return next((layer for layer in reversed(layers) if layer.has(path)), otherwise)

    own = site_layers[-2]
    try:
        profile = SiteProfile.model_validate(merged | {"name": name})
    except ValidationError as error:
        problems += problem_lines(error, lambda path: who(path, own).file)
    if problems:
        raise ProfileError(*problems)
    default = _Layer("default", "", {})
    origins = {".".join(path): who(path, default).origin for path in _leaves(profile.model_dump())}
    return LoadedProfile(profile, origins | {"name": own.origin})


def _platform(site_layers: Sequence[_Layer]) -> tuple[list[_Layer], list[str]]:
    """The preset's layer, if a site layer names one, and what is wrong with that name."""
    for layer in reversed(site_layers):
        platform = layer.values.get("platform")
        if platform == "":
            break
        if isinstance(platform, str):
            presets = {_stem(entry): entry for entry in _toml_files(_shipped() / "platforms")}
            if platform in presets:
                return [_file_layer(presets[platform], f"platform {platform}")], []
            known = f"{nearest(platform, presets) or '.'} Allowed: {', '.join(sorted(presets))}"
            return [], [f"{layer.file}: platform = {shown(platform)}, unknown platform{known}"]
    return [], []


def _site_layers(name: str, sites_dir: Path | None) -> Iterator[_Layer]:
    shipped = _shipped() / f"{name}{_SUFFIX}"
    if shipped.is_file():
        yield _file_layer(shipped, f"site {shipped.name}")
    own = sites_dir / f"{name}{_SUFFIX}" if sites_dir else None
    if own and own.exists():
        # Where both files exist, only the whole path says which of the two is meant.
        yield _file_layer(own, str(own), label=str(own) if shipped.is_file() else own.name)


def _file_layer(file: Traversable, origin: str, *, label: str = "") -> _Layer:
    label = label or file.name
    try:
        # utf-8-sig: some editors put a byte order mark in front.
        return _Layer(origin, label, tomllib.loads(file.read_bytes().decode("utf-8-sig")))
    except OSError as error:
        raise ProfileError(f"{label}: cannot be read: {_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"{label}: is not UTF-8: byte {error.start}; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{label}: is no TOML: {error}") from error


def _override_layer(overrides: Mapping[str, str]) -> _Layer:
    values: dict[str, Any] = {}
    for key, text in overrides.items():
        nested: Any = override_value(key, text)
        for part in reversed(_split(key)):
            nested = {part: nested}
        _merge(values, nested)
    return _Layer("-a", "-a", values)


def _split(key: str) -> list[str]:
    # The name of a header, of a cookie or of a form's field may hold a dot.
    if key.startswith("first_request.form."):
        return ["first_request", "form", key.removeprefix("first_request.form.")]
    return key.split(".", 1) if key.startswith(_TEXTS) else key.split(".")


def override_value(key: str, text: str) -> Any:
    """`0.5`, `false` and `"12"` mean what they mean in TOML; what is no TOML, as a URL, means itself."""
    try:
        value = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    literal = value["value"]
    numeric_text = isinstance(literal, date | time) or key.startswith(_TEXTS)
    return text if len(value) > 1 or (numeric_text and not isinstance(literal, str)) else literal


def _merge(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping):
            inner = below[key] = dict(below[key]) if isinstance(below.get(key), Mapping) else {}
            _merge(inner, value)
        else:
            below[key] = value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _wrong_names(name: str, layers: Sequence[_Layer]) -> list[str]:
    return [
        f"{layer.file}: name = {shown(layer.values['name'])}, must be {shown(name)}, as the file is called"
        for layer in layers
        if layer.values.get("name", name) != name
    ]


def _leaves(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key)


def _shipped() -> Traversable:
    return resources.files("ecomscraper.sites")


def _toml_files(directory: Traversable) -> list[Traversable]:
    return [entry for entry in directory.iterdir() if entry.name.endswith(_SUFFIX)]


def _stem(file: Traversable) -> str:
    return file.name.removesuffix(_SUFFIX)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
