"""The commands and configs of the pages, and the examples of `--help`, run against sandboxes of the three services."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import attrs
import click
import pytest

from adapters.nextcloud_news.sandbox import serve as serve_news
from adapters.pocket.sandbox import serve as serve_pocket
from bridge.cli.main import COMMANDS, cli
from bridge.settings import jobs
from bridge.settings.config import interpret
from bridge.settings.registry import find_adapters
from tests.support.stage import Stage, stage

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "docs/mirroring.md", "docs/forwarding.md", "docs/scheduling.md", "docs/recovering.md")

ELSEWHERE = {
    "init": "overwrites no config, and here is one: tests/bridge/cli/test_init.py",
    "demo": "has sandboxes of its own: tests/bridge/cli/test_demo.py",
    "sandbox": "does not end by itself: tests/bridge/cli/test_demo.py",
    "login": "asks on a terminal or in a browser: tests/bridge/cli/test_login.py",
    "logout": "asks the keyring of this machine: tests/bridge/cli/test_login.py",
    "--every": "does not end by itself: tests/bridge/cli/test_run.py",
    "schedule": "tells the timer of this machine: tests/bridge/cli/test_schedule.py",
}
"""What is not run here, by a word of its command line, and why."""

ACCOUNTS = """
[accounts.mine]
service = "pinboard"
url = "{pinboard}"
token = {{ env = "PINBOARD_TOKEN" }}
gaps = {{ default = "0ms", "posts/all" = "0ms", "posts/recent" = "0ms" }}

[accounts.news]
service = "nextcloud-news"
url = "{news}"
user = "alice"
password = {{ env = "NEXTCLOUD_APP_PASSWORD" }}
"""
"""The accounts of the README's jobs, but at the sandboxes."""


def of_page(page: str) -> list[str]:
    """Return the lines of a page that are to be typed."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def of_help() -> list[str]:
    """Return the lines of the help of all commands, with the numbers of runs that there are."""
    found = (cli.get_command(click.Context(cli), name) for name in COMMANDS)
    lines = [line for command in found if command is not None for line in str(command.help).splitlines()]
    return [line.replace(" 12", " 1").replace(" 13", " 2") for line in lines]


def ended(home: Stage, lines: list[str]) -> list[tuple[str, int, str]]:
    """Run the command lines among the lines that are run here; return each with its exit code and what it said."""
    parts = [shlex.split(line, comments=True) for line in lines if line.strip().startswith("bookmark-bridge ")]
    ours = [words[1:] for words in parts if not ELSEWHERE.keys() & set(words)]
    return [(shlex.join(words), result.code, result.err) for words in ours for result in [home.run(*words)]]


def config() -> list[str]:
    """Return the two parts of the README's config: accounts and jobs."""
    return re.findall(r"```toml\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Have an export, a browser's bookmarks, two runs in the past, and accounts with sample data at all services."""
    monkeypatch.chdir(tmp_path)
    shutil.make_archive("pocket", "zip", ROOT / "bridge" / "cli" / "sample")
    with serve_news() as news, serve_pocket() as pocket, stage(tmp_path / "home") as bare:
        for served in (news, pocket):
            served.fill()
        written = (bare.folder / "config.toml").read_text(encoding="utf-8")
        [pinboard] = re.findall(r'url = "(.*)"', written)
        accounts = ACCOUNTS.format(pinboard=pinboard, news=news.url)
        (bare.folder / "config.toml").write_text(f"{written}{accounts}{config()[1]}", encoding="utf-8")
        ready = attrs.evolve(bare, environ={**bare.environ, **news.environment, **pocket.environment})
        for name in ("bookmarks.html", "before-1.jsonl"):
            assert 0 == ready.run("migrate", "pocket.zip", name).code
        yield ready


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_run_in_their_order(home: Stage, page: str) -> None:
    """Each ends well."""
    results = ended(home, of_page(page))

    assert [] == [result for result in results if result[1] != 0]
    assert len(results) > 1


def test_examples_of_the_help_run_in_their_order(home: Stage) -> None:
    """Each ends well."""
    results = ended(home, of_help())

    assert [] == [result for result in results if result[1] != 0]
    assert len(results) > 20


def test_the_config_is_one() -> None:
    """As it stands: its accounts and its jobs, of each kind one."""
    content = interpret(
        tomllib.loads("".join(config())), path=Path("config.toml"), registry=find_adapters(), environ={}
    )

    assert {"mine", "archive", "news"} == content.accounts.keys()
    assert set(get_args(jobs.Job)) == {type(job) for job in content.jobs.values()}


def test_every_key_of_a_job_is_documented_with_the_kinds_that_have_it() -> None:
    """And no other, each with what it is if nothing is said."""
    rows = [row.split(" | ") for row in re.findall(r"^\| (`.*) \|$", README.partition("## Jobs")[2], re.MULTILINE)]
    documented = {
        (key, kind)
        for keys, kinds, _ in rows
        for key in re.findall(r"`(\w+)`", keys)
        for kind in (jobs.KINDS if kinds == "all" else kinds.split(", "))
    }

    assert documented == {(field.name, kind) for kind, made in jobs.KINDS.items() for field in attrs.fields(made)}
    for keys, kinds, meaning in rows:
        for field in attrs.fields(jobs.KINDS[kinds.split(", ")[0]] if kinds != "all" else jobs.Mirror):
            if f"`{field.name}`" in keys and isinstance(field.default, str):
                assert f'"{field.default}"' == re.findall(r'"[\w-]+"', meaning)[0], field.name
