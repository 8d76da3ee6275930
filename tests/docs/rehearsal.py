"""Does what a page tells its reader to do, at sandboxes of the three services, and hears what comes of it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import tomlkit

from adapters.nextcloud_news.sandbox import serve as serve_news
from adapters.pinboard.sandbox import serve as serve_pinboard
from adapters.pocket.sandbox import serve as serve_pocket
from tests.docs.pages import ROOT, Block, Page, page
from tests.support.stage import NO_GAPS, Stage

CONFIGURATION = "docs/configuration.md"
"""The page whose accounts and jobs a page without a config of its own speaks of."""

ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "init": ("overwrites no config, and here is one", "tests/bridge/cli/test_init.py"),
    "demo": ("has sandboxes of its own", "tests/bridge/cli/test_demo.py"),
    "sandbox": ("does not end by itself", "tests/bridge/cli/test_demo.py"),
    "login": ("asks on a terminal or in a browser", "tests/bridge/cli/test_login.py"),
    "logout": ("asks the keyring of this machine", "tests/bridge/cli/test_login.py"),
    "--every": ("does not end by itself, or tells the timer of this machine", "tests/bridge/cli/test_run.py"),
    "schedule": ("tells the timer of this machine", "tests/bridge/cli/test_schedule.py"),
    "export": ("the home of a rehearsal is empty anyway", "tests/docs/test_commands.py"),
    "pytest": ("is what runs this very test; the gate types it", "tests/test_house.py"),
    "sphinx": ("builds the site", "tests/docs/test_site.py"),
    "tests.docs": ("writes the documents", "tests/docs/test_adapters_page.py"),
}
"""What is not run here, by a word of its command line: why, and what covers it instead."""

SHELL = frozenset({"chmod", "cp", "diff", "ls", "mkdir", "mv", "rm", "sort", "touch", "wc"})
"""What else a reader may be told to type. It is run by a shell in the folder of the rehearsal."""

OF_THE_SERVER = frozenset(
    {"url", "user", "token", "password", "bearer", "consumer_key", "access_token", "token_in", "paths", "gaps"}
)
"""The keys of an account that are other ones at a sandbox."""


@attrs.frozen
class Told:
    """A command line as it was run, its exit code, and what was said on the two streams."""

    line: str
    code: int
    out: str
    err: str


@attrs.frozen
class Scene:
    """A reader's machine: an empty home, the files that a page begins with, and accounts that hold sample data."""

    stage: Stage
    folder: Path
    reached: Mapping[str, Mapping[str, Any]]

    def furnish(self, text: str) -> None:
        """Write a config, with each account led to the sandbox of its service."""
        content = tomllib.loads(text)
        accounts = {name: self._led(account) for name, account in content.pop("accounts", {}).items()}
        config = self.stage.folder / "config.toml"
        config.write_text(tomlkit.dumps({"accounts": accounts, **content}), encoding="utf-8")

    def tell(self, line: str) -> Told | None:
        """Run a command line, or leave it to the test that covers it."""
        words = shlex.split(line, comments=True)
        if not words or elsewhere(line) is not None:
            return None
        if words[0] in SHELL:
            done = subprocess.run(["bash", "-c", line], cwd=self.folder, capture_output=True, text=True, check=False)  # noqa: S607 - a shell is what a reader types it into
            return Told(line, done.returncode, done.stdout, done.stderr)
        assert words[0] == "bookmark-bridge", f"nobody knows how to rehearse: {line}"
        result = self.stage.run(*words[1:])
        return Told(line, result.code, result.out, result.err)

    def _led(self, account: Mapping[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in account.items() if key not in OF_THE_SERVER}
        return {**kept, **self.reached[account["service"]]}


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Serve the services with sample data; lay an export, its dump and two older files into the folder."""
    lay_export(folder)
    home = folder / "home"
    home.mkdir()
    (home / "config.toml").touch(mode=0o600)
    with serve_pinboard(gaps=NO_GAPS) as pinboard, serve_pocket() as pocket, serve_news() as news:
        for served in (pinboard, pocket, news):
            served.fill()
        environ = {**pinboard.environment, **pocket.environment, **news.environment}
        reached = {
            "pinboard": {"url": pinboard.url, "token": {"env": "PINBOARD_TOKEN"}},
            "pocket": {
                "url": pocket.url,
                "consumer_key": {"env": "POCKET_CONSUMER_KEY"},
                "access_token": {"env": "POCKET_ACCESS_TOKEN"},
            },
            "nextcloud-news": {"url": news.url, "user": "alice", "password": {"env": "NEXTCLOUD_APP_PASSWORD"}},
        }
        yield Scene(Stage(home, pinboard.app, environ), folder, reached)


def lay_export(folder: Path) -> None:
    """Lay what a person has of Pocket into a folder: the zip of its export, and a dump of its API."""
    sample = ROOT / "bridge" / "cli" / "sample"
    with zipfile.ZipFile(folder / "pocket.zip", "w") as export:
        for name in ("part_000000.csv", "annotations/part_000000.json"):
            export.write(sample / name, name)
    shutil.copy(sample / "pocket_dump.json", folder)


def elsewhere(line: str) -> tuple[str, str] | None:
    """Return why a line is not run here, and what covers it instead."""
    words = shlex.split(line, comments=True)
    return next((why for word, why in ELSEWHERE.items() if any(_names(given, word) for given in words)), None)


def config_of(told: Page) -> str:
    """Return the config that a page speaks of: its own, or that of the configuration page."""
    return "".join(told.of("toml") or page(CONFIGURATION).of("toml"))


def lines(block: Block) -> Sequence[str]:
    """Return the command lines of a block, each with what is continued on the next one."""
    return [line.strip() for line in block.text.replace("\\\n", " ").splitlines() if line.strip()]


def rehearsed(told: Page, at: Scene) -> list[tuple[Block, list[Told]]]:
    """Run the commands of a page in their order; return what each of its `sh` blocks came to."""
    at.furnish(config_of(told))
    shells = [block for block in told.blocks if block.language == "sh"]
    return [(block, [done for line in lines(block) if (done := at.tell(line)) is not None]) for block in shells]


def shown(told: Page) -> list[tuple[Block, Block]]:
    """Return the `sh` blocks that are followed by what they print, each with that."""
    pairs = zip(told.blocks, told.blocks[1:], strict=False)
    return [(first, second) for first, second in pairs if (first.language, second.language) == ("sh", "text")]


def agrees(written: str, printed: str) -> bool:
    """Tell whether a text of a page is what was printed; a line `[...]` stands for any lines, a time for any time."""
    lines = _timeless(written).rstrip("\n").split("\n")
    pattern = "".join(r"(?:.*\n)*?" if line == "[...]" else re.escape(line) + "\n" for line in lines)
    return re.fullmatch(pattern, _timeless(printed).strip("\n") + "\n") is not None


def _timeless(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "2026-11-26 02:30", text)


def _names(given: str, word: str) -> bool:
    """Tell whether a word of a line is what the list means: a program by any path, a module, an option, a command."""
    return given == word or given.rpartition("/")[2] == word or given.startswith(f"{word}.")
