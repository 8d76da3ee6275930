"""init: the config that a person begins with."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest

from adapters import nextcloud_news, pinboard, pocket
from bridge.cli.app import Surroundings
from bridge.cli.main import run
from bridge.model.adapter import Grant
from bridge.settings import jobs
from bridge.settings.config import Config, interpret, load
from bridge.settings.example import text
from bridge.settings.registry import find_adapters
from bridge.settings.written import save_grant
from tests.support.stage import Stage

GAPS = {"pinboard": pinboard.GAPS, "pocket": pocket.GAPS, "nextcloud-news": nextcloud_news.GAPS}
PARTS = {"fold": jobs.Fold, "select": jobs.Select, "tags": jobs.Tags}


def uncommented(named: str = "") -> str:
    """Return the example with its lines taken in, or those of the tables that begin with a name alone."""
    lines: list[str] = []
    wanted = True
    for line in text().splitlines():
        if re.match(r"#[a-z\[]", line):
            if line.startswith("#["):
                wanted = line[1:].startswith(f"[{named}")
            lines += [line[1:]] * wanted
    return "\n".join(lines)


def tables() -> dict[str, Any]:
    """Return all of the example."""
    return tomllib.loads(uncommented())


def valid(content: str) -> Config:
    """Return what a config says. Raises ConfigurationError."""
    return interpret(tomllib.loads(content), path=Path("config.toml"), registry=find_adapters(), environ={})


def keys(kind: type[Any]) -> set[str]:
    """Return the keys that a class of the config takes."""
    return {field.name for field in attrs.fields(kind)}


def test_the_example_is_written_for_its_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it is named, in a folder that is made; as it stands it is a config without accounts and jobs."""
    path = tmp_path / "new" / "work.toml"
    previous = os.umask(0o002)
    try:
        assert 0 == run(["--config", str(path), "init"], Surroundings({}))
    finally:
        os.umask(previous)
    said = capsys.readouterr().out
    read = load(path, registry=find_adapters(), environ={})

    assert text() == path.read_text(encoding="utf-8")
    assert (0o600, 0o700) == tuple(stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent))
    assert Config(path) == read
    assert f"Next: bookmark-bridge --config {path} login pinboard" in said


def test_a_config_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, and where the examples can be had all the same; even a link that leads nowhere stays."""
    for path in (tmp_path / "config.toml", tmp_path / "link.toml"):
        path.write_text("x", encoding="utf-8") if path.stem == "config" else path.symlink_to("nowhere")
        assert 3 == run(["--config", str(path), "init"], Surroundings({}))
        said = capsys.readouterr().err

        assert f"There is a config in {path} already, and it stays as it is." in said
        assert f"bookmark-bridge --config {tmp_path / path.stem}-example.toml init" in said
    assert "x" == (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert not (tmp_path / "nowhere").exists()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file where the folder should be, and a name that is too long."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "config.toml", tmp_path / ("n" * 300)):
        assert 3 == run(["--config", str(path), "init"], Surroundings({}))
        assert "cannot be written: " in capsys.readouterr().err


def test_a_full_disk_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an example would keep the next `init` from writing a whole one."""

    def full(_descriptor: int, *_rest: object, **_options: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bridge.settings.example.os.fdopen", full)

    assert 3 == run(["--config", str(tmp_path / "config.toml"), "init"], Surroundings({}))
    assert "No space left on device" in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())


def test_with_json_it_says_where_and_what_is_next(bare: Stage) -> None:
    """As one object."""
    path = bare.folder / "other.toml"
    result = bare.json("--config", str(path), "init")

    assert 0 == result.code
    assert str(path) == result.json["config"]
    assert result.json["next"].endswith("login pinboard")


def test_each_example_is_valid_when_it_is_uncommented() -> None:
    """By itself, and all together: an account of each service, and a job of each kind."""
    whole = valid(uncommented())
    names = [f"accounts.{name}]" for name in whole.accounts] + [f"jobs.{name}" for name in whole.jobs]
    alone = [valid(uncommented(name)) for name in names]

    assert find_adapters().services.keys() == {account.spec.name for account in whole.accounts.values()}
    assert set(jobs.KINDS.values()) == {type(job) for job in whole.jobs.values()}
    assert [1] * 6 == [len(one.accounts) + len(one.jobs) for one in alone]


def test_every_key_of_an_account_stands_in_the_example() -> None:
    """And no other; so does each class of calls that has a gap."""
    for spec in find_adapters().services.values():
        [table] = [table for table in tables()["accounts"].values() if table["service"] == spec.name]

        assert keys(spec.config_class) | {"service"} == table.keys(), spec.name
        assert GAPS[spec.name].keys() == table["gaps"].keys()
    assert pocket.PATHS == tables()["accounts"]["pocket"]["paths"]


def test_every_key_of_a_job_stands_in_the_example() -> None:
    """And of what is in it; those that all kinds share once in full."""
    for name, job in tables()["jobs"].items():
        assert keys(jobs.KINDS[job["kind"]]) | {"kind"} == job.keys(), name
    whole = tables()["jobs"]["tonight"]

    assert {part: keys(kind) for part, kind in PARTS.items()} == {part: whole[part].keys() for part in PARTS}
    assert keys(jobs.ForwardTags) - keys(jobs.Tags) <= tables()["jobs"]["stars"]["tags"].keys()


def test_of_several_values_the_first_is_the_default() -> None:
    """What the example writes, and what it says first, is what is so if nothing is said."""
    classes = {spec.name: spec.config_class for spec in find_adapters().services.values()} | dict(jobs.KINDS)
    kind: type[Any] = object
    seen = 0
    for line in uncommented().splitlines():
        if match := re.match(r'(?:service|kind) = "(.*)"', line):
            kind = classes[match[1]]
        elif match := re.match(r'(\w+) = "([^"]*)" +# ([\w.-]+) \|', line):
            seen += 1
            assert match[2] == match[3] == getattr(attrs.fields(kind), match[1]).default, line
    assert seen >= 9


def test_a_login_is_added_to_the_example(tmp_path: Path) -> None:
    """What the person has in it stays, comments too."""
    path = tmp_path / "config.toml"
    assert 0 == run(["--config", str(path), "init"], Surroundings({}))
    save_grant(path, "mine", "pinboard", Grant("alice", {"user": "alice"}, {}))

    written = path.read_text(encoding="utf-8")
    assert written.startswith(text().rstrip("\n"))
    assert {"mine"} == load(path, registry=find_adapters(), environ={}).accounts.keys()
