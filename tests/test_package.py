"""What is published: the archives, and the program as it runs where nothing else of the project is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from email import message_from_string
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.docs.pages import ROOT, page

BUILD = "import sys; from hatchling.build import {0}; print({0}(sys.argv[1]))"
"""What `pip` and `build` call in the folder of a project."""

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

FOREIGN = """\
import sys
from bridge.cli.main import run

source, *lines = sys.argv[1:]
codes = [run(["--json", *line.split()]) for line in lines]
near = tuple(f"{source}/{package}/" for package in ("bridge", "adapters"))
files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
strays = [file for file in files if file.startswith(near)]
sys.exit(max(codes) or "\\n".join(strays) or 0)
"""
"""Runs command lines, and fails if one of them does, or if any of the program came from the source tree."""

SCRIPT = """\
from adapters.pinboard import PinboardConfig
from bridge.model.bookmark import Bookmark

reveal_type(Bookmark("https://example.org/").tags)
reveal_type(PinboardConfig().url)
"""


@attrs.frozen
class Archives:
    """The sdist, and the wheel that was built from what is in it."""

    sdist: Path
    wheel: Path


@attrs.frozen
class Place:
    """A virtual environment in an empty folder, which finds the libraries of this one, and nothing of the project."""

    folder: Path

    @property
    def bin(self) -> Path:
        """Where its programs are."""
        return self.folder / "venv" / "bin"

    @property
    def site(self) -> Path:
        """Where its packages are."""
        [found] = (self.folder / "venv").glob("lib/python*/site-packages")
        return found

    def run(self, *command: str | Path) -> str:
        """Run a program there, as someone with nothing at home; return what it prints."""
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XDG_", "COV"))}
        home = {**environ, "HOME": str(self.folder), "PYTHONSAFEPATH": "1"}
        done = subprocess.run(command, cwd=self.folder, env=home, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """Build them, the second with nothing but the first at hand."""
    folder = tmp_path_factory.mktemp("package")
    sdist = folder / built("build_sdist", ROOT, folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    [unpacked] = (folder / "unpacked").iterdir()
    return Archives(sdist, folder / built("build_wheel", unpacked, folder))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Make the environment. Of this one's .pth files none is read, so an editable source tree is not found."""
    venv.create(tmp_path / "venv", symlinks=True)
    made = Place(tmp_path)
    (made.site / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return made


def built(call: str, source: Path, folder: Path) -> str:
    """Build an archive of a project into a folder, and return its name."""
    command = [sys.executable, "-c", BUILD.format(call), folder]
    return subprocess.run(command, cwd=source, capture_output=True, text=True, check=True).stdout.strip()


def files_of(*packages: str) -> set[str]:
    """Return what a package consists of, in the source tree."""
    found = [path for package in packages for path in (ROOT / package).rglob("*") if path.is_file()]
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_packages_and_nothing_else(archives: Archives) -> None:
    """With templates, sample data and marks of types; with the licence; without tests."""
    names = set(zipfile.ZipFile(archives.wheel).namelist())
    meta = f"bookmark_bridge-{PROJECT['version']}.dist-info"
    held = {name for name in names if not name.startswith(meta)}

    assert files_of("bridge", "adapters") == held
    assert {"bridge/py.typed", "adapters/py.typed", "bridge/report/page.html.j2"} <= held
    assert {f"{meta}/licenses/LICENSE", f"{meta}/entry_points.txt"} <= names


def test_the_sdist_holds_what_the_tests_need(archives: Archives) -> None:
    """And nothing that was left lying about."""
    with tarfile.open(archives.sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames()}
        names = {name.partition("/")[2] for name in archive.getnames()}

    folders = {".ci", "adapters", "bridge", "cassettes", "docs", "tests"}
    files = {".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}
    assert folders | files == tops
    assert files_of("docs", "tests", "cassettes", "bridge", "adapters") <= names


def test_the_metadata_has_the_extras_and_the_readme(archives: Archives) -> None:
    """As an index would show it."""
    inside = zipfile.ZipFile(archives.wheel)
    meta = message_from_string(inside.read(f"bookmark_bridge-{PROJECT['version']}.dist-info/METADATA").decode())

    assert ["docs", "keyring", "test"] == sorted(meta.get_all("Provides-Extra") or [])
    assert PROJECT["version"] == meta["Version"]
    assert meta.get_payload() == page("README.md").text


def test_it_runs_with_the_source_tree_out_of_reach(archives: Archives, place: Place) -> None:
    """Installed by pip: the script, a migration between files with its page, and the demo."""
    pip = [sys.executable, "-m", "pip", "--python", place.bin / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", "-I", archives.wheel], check=True)
    (place.folder / "part_000000.csv").write_text(
        "title,url,time_added,tags,status\nOne,https://example.org/1,1400000000,a|b c,unread\n", encoding="utf-8"
    )
    move = "migrate part_000000.csv out.jsonl --report receipt.html"
    receipt, demo = map(json.loads, place.run(place.bin / "python", "-c", FOREIGN, ROOT, move, "demo").splitlines())

    assert f"bookmark-bridge, version {PROJECT['version']}\n" == place.run(place.bin / "bookmark-bridge", "--version")
    assert "migrate" in place.run(place.bin / "bookmark-bridge", "--help")
    assert (1, True) == (receipt["added"], receipt["balanced"])
    assert "https://example.org/1" in (place.folder / "out.jsonl").read_text(encoding="utf-8")
    assert "It balances" in (place.folder / "receipt.html").read_text(encoding="utf-8")
    assert [True] * 3 == [one["balanced"] for one in demo["demo"].values()]


def test_who_imports_it_sees_its_types(archives: Archives, place: Place) -> None:
    """Both packages say that they are typed, and mypy believes them."""
    shutil.unpack_archive(archives.wheel, place.site, "zip")
    (place.folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", place.bin / "python")
    said = place.run(*mypy, "script.py").replace("builtins.", "")

    assert 'Revealed type is "tuple[str, ...]"' in said
    assert 'Revealed type is "str"' in said
    assert "Success: no issues found" in said


def test_the_version_is_in_one_place() -> None:
    """That of pyproject.toml is what was installed (install anew after a change), and the latest of the changelog."""
    heads = [line for line in page("CHANGELOG.md").text.splitlines() if line.startswith("## ")]
    sources = [path for path in files_of("bridge", "adapters") if path.endswith(".py")]

    assert PROJECT["version"] == version("bookmark-bridge")
    assert heads[0].startswith(f"## {PROJECT['version']} - 20")
    assert [] == [path for path in sources if PROJECT["version"] in (ROOT / path).read_text(encoding="utf-8")]
