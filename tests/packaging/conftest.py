"""The project as people get it: a clean checkout, a wheel, an egg; and interpreters that have one of them each."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@ecomscraper.invalid")
Run = Callable[..., str]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for a process that sees nothing of this user's configuration and leaves nothing in /tmp.

    It is this process's environment without what changes where Scrapy, Git and Python look.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ECOM_", "GIT_", "PYTHON", "SCRAPY", "XDG_")) and not name.lower().endswith("_proxy")
    }
    return {**kept, "HOME": str(tmp_path_factory.mktemp("home")), "TMPDIR": str(tmp_path_factory.mktemp("tmp"))}


@pytest.fixture(scope="session")
def run(environment: Mapping[str, str]) -> Run:
    """`run(program, *arguments, cwd=folder, VARIABLE=value, …)`: what it printed; fails unless it exits with 0."""

    def run_process(*command: str | Path, cwd: Path, **variables: str) -> str:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run_process


@pytest.fixture(scope="session")
def checkout(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """`checkout()`: a new clean clone of the work tree as it stands, with what is not committed yet."""
    tree = tmp_path_factory.mktemp("tree")
    user = str(Path.home())  # whose configuration says whether this repository may be trusted
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT, HOME=user)
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():  # not one that is about to be deleted
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    run("git", "init", "--quiet", cwd=tree)
    run("git", "add", "--all", cwd=tree)
    run("git", *IDENTITY, "commit", "--quiet", "--message", "The work tree", cwd=tree)

    def clone() -> Path:
        target = tmp_path_factory.mktemp("checkout")
        run("git", "clone", "--quiet", tree, ".", cwd=target)
        return target

    return clone


@pytest.fixture(scope="session")
def wheel(checkout: Callable[[], Path], run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # With this environment's setuptools, so that no test needs the network.
    options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", *options, ".", cwd=checkout())
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def scrapyd_deploy() -> Path:
    return Path(sysconfig.get_path("scripts")) / "scrapyd-deploy"


@pytest.fixture(scope="session")
def egg(checkout: Callable[[], Path], scrapyd_deploy: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("egg") / "project.egg"
    run(scrapyd_deploy, "--build-egg", file, cwd=checkout())
    return file


@pytest.fixture(scope="session")
def new_python(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`new_python(wheel=None)`: a Python with this environment's libraries, but no other ecomscraper than the wheel's.

    The libraries' folder is on its path as a plain folder, so the editable install in it has no effect.
    """

    def create(wheel: Path | None = None) -> Path:
        folder = tmp_path_factory.mktemp("venv")
        venv.create(folder, with_pip=False, symlinks=True)
        python = folder / "bin" / "python"
        if wheel:
            options = ("--quiet", "--no-index", "--no-deps")
            run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel, cwd=folder)
        (site_packages,) = folder.glob("lib/python*/site-packages")
        libraries = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
        (site_packages / "libraries.pth").write_text("\n".join(libraries) + "\n")
        return python

    return create


@dataclass(frozen=True)
class Form:
    """One way in which people have the project, and how `scrapy` is called there."""

    name: str
    python: Path
    folder: Path
    package: str
    """Where `ecomscraper` must be imported from."""
    run: Run = field(repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)

    def scrapy(self, *arguments: str) -> str:
        return self.call("-m", "scrapy", *arguments)

    def call(self, *arguments: str) -> str:
        # -P: like the `scrapy` script, it does not look for modules in the working directory.
        return self.run(self.python, "-P", *arguments, cwd=self.folder, **self.variables)

    def read_json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def source_form(checkout: Callable[[], Path], new_python: Callable[..., Path], run: Run) -> Form:
    folder = checkout()
    return Form("source", new_python(), folder, str(folder), run)


@pytest.fixture(scope="session")
def wheel_form(
    wheel: Path, new_python: Callable[..., Path], run: Run, tmp_path_factory: pytest.TempPathFactory
) -> Form:
    python = new_python(wheel)
    variables = {"SCRAPY_SETTINGS_MODULE": "ecomscraper.settings"}
    return Form("wheel", python, tmp_path_factory.mktemp("empty"), str(python.parents[1]), run, variables)


@pytest.fixture(scope="session")
def egg_form(egg: Path, new_python: Callable[..., Path], run: Run, tmp_path_factory: pytest.TempPathFactory) -> Form:
    variables = {"SCRAPY_SETTINGS_MODULE": "ecomscraper.settings", "PYTHONPATH": str(egg)}
    return Form("egg", new_python(), tmp_path_factory.mktemp("empty"), str(egg), run, variables)


@pytest.fixture(params=["source", "wheel", "egg"])
def form(request: pytest.FixtureRequest) -> Form:
    """Each of the three in turn."""
    found: Form = request.getfixturevalue(f"{request.param}_form")
    return found
