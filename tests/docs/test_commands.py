"""The commands and configs of all pages, and the examples of `--help`, run against sandboxes of the three services."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

import attrs
import click
import pytest

from bridge.cli.main import COMMANDS, cli
from bridge.settings import jobs
from bridge.settings.config import interpret
from bridge.settings.registry import find_adapters
from tests.docs.pages import ROOT, page, paths
from tests.docs.rehearsal import CONFIGURATION, ELSEWHERE, Scene, Told, agrees, config_of, elsewhere, rehearsed, scene
from tests.docs.rehearsal import shown as with_output

BEFORE: Mapping[str, Sequence[str]] = {
    "docs/recovering.md": (
        "bookmark-bridge migrate pocket.zip pinboard",
        "mkdir -p .local/state",
        "cp -r home/state .local/state/bookmark-bridge",
    ),
    "--help": (
        "bookmark-bridge migrate pocket.zip bookmarks.html",
        "bookmark-bridge migrate pocket.zip before-1.jsonl",
    ),
}
"""What has happened before a page begins."""

FOREIGN = ("docs/adapters.md",)
"""Pages whose TOML is no config of ours: it is the pyproject.toml of tests/contract/test_third_party.py's package."""

LANGUAGES = {"", "python", "sh", "text", "toml"}
"""What blocks may be: a drawing; an example run by test_library_examples.py; and what is tried here."""


def of_help() -> list[str]:
    """Return the lines of the help of all commands, with the numbers of runs that there are."""
    found = (cli.get_command(click.Context(cli), name) for name in COMMANDS)
    lines = [line.strip() for command in found if command is not None for line in str(command.help).splitlines()]
    return [line.replace(" 12", " 1").replace(" 13", " 2") for line in lines if line.startswith("bookmark-bridge ")]


def wrong(results: Sequence[Told]) -> list[Told]:
    """Return what did not end well."""
    return [result for result in results if result.code != 0]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Have an empty home with an export in it, and accounts with sample data at all services."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with scene(tmp_path) as ready:
        yield ready


def prepared(at: Scene, name: str) -> None:
    """Do what has happened before a page begins."""
    at.furnish("")
    assert [] == wrong([result for line in BEFORE.get(name, ()) if (result := at.tell(line)) is not None])


@pytest.mark.parametrize("name", [path for path in paths() if page(path).of("sh")])
def test_what_a_page_tells_its_reader_to_type_ends_well_and_prints_what_it_shows(at: Scene, name: str) -> None:
    """In its order, in one home; `python -m tests.docs.outputs` writes what has to stand there."""
    told = page(name)
    prepared(at, name)
    results = rehearsed(told, at)
    printed = {block.span: done[-1].out for block, done in results if done}

    assert [] == wrong([result for _, done in results for result in done])
    for typed, written in with_output(told):
        assert agrees(written.text, printed[typed.span]), f"{typed.text} prints\n{printed[typed.span]}"


def test_examples_of_the_help_run_in_their_order(at: Scene) -> None:
    """Each ends well."""
    prepared(at, "--help")
    at.furnish(config_of(page(CONFIGURATION)))
    results = [result for line in of_help() if (result := at.tell(line)) is not None]

    assert [] == wrong(results)
    assert len(results) > 20


@pytest.mark.parametrize("name", [path for path in paths() if page(path).of("toml") and path not in FOREIGN])
def test_a_config_is_accepted_as_it_stands(name: str) -> None:
    """All blocks of a page are one config."""
    content = interpret(
        tomllib.loads(config_of(page(name))), path=Path("config.toml"), registry=find_adapters(), environ={}
    )

    assert content.accounts or content.jobs


def test_the_configuration_page_has_a_job_of_each_kind() -> None:
    """An example says more than a table."""
    content = interpret(
        tomllib.loads(config_of(page(CONFIGURATION))), path=Path("config.toml"), registry=find_adapters(), environ={}
    )

    assert set(get_args(jobs.Job)) == {type(job) for job in content.jobs.values()}


def test_every_block_of_a_page_is_tried_or_a_drawing() -> None:
    """And what is shown as printed stands behind what prints it."""
    for name in paths():
        told = page(name)
        assert {block.language for block in told.blocks} <= LANGUAGES, name
        assert len(told.of("text")) == len(with_output(told)), name


def test_what_is_not_run_here_is_covered_by_a_test_that_exists() -> None:
    """Each line that is left out names it, and no exemption is left over."""
    typed = [line for name in paths() for text in page(name).of("sh") for line in text.splitlines()]
    left = {elsewhere(line) for line in [*typed, *of_help()]} - {None}

    assert set(ELSEWHERE.values()) == left
    assert [] == [test for _, test in ELSEWHERE.values() if not (ROOT / test).exists()]


def test_every_key_of_a_job_is_documented_with_the_kinds_that_have_it() -> None:
    """And no other, each with what it is if nothing is said."""
    section = page(CONFIGURATION).section("### The keys of a job")
    rows = [row.split(" | ") for row in re.findall(r"^\| (`.*) \|$", section, re.MULTILINE)]
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
