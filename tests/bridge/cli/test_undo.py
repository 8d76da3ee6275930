"""undo as its users know it: a Pinboard sandbox, files, and the command line."""

from __future__ import annotations

import json
import shlex
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from adapters.pinboard.sandbox_account import Post
from tests.support.stage import Stage

WRITES = {"posts/add", "posts/delete"}


def jsonl(path: Path, *items: dict[str, Any]) -> Path:
    """Write a file of ours."""
    lines = [{"bookmark-bridge": 1}, *items]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def item(name: str, **fields: object) -> dict[str, Any]:
    """Return a record of our file."""
    return {"url": f"https://example.org/{name}", "title": name, "tags": ["x y"], "private": True, **fields}


def urls(listed: Sequence[dict[str, str]]) -> list[str]:
    """Return which bookmarks a list of a receipt is about."""
    return [entry["url"] for entry in listed]


@pytest.fixture
def source(bare: Stage, tmp_path: Path) -> Path:
    """Write a file of three bookmarks, of which Pinboard has one already."""
    bare.sandbox.load([Post("https://example.org/b", "Mine", "my note", tags=("mine",), shared=False)])
    return jsonl(tmp_path / "a.jsonl", item("a"), item("b"), item("c", unread=False))


def test_undo_gives_pinboard_back_as_it_was(bare: Stage, source: Path) -> None:
    """Even with the source gone: what was added is deleted, what was merged is as before."""
    before = bare.held()
    first = bare.json("migrate", source, "pinboard").json
    source.unlink()
    result = bare.json("undo", "1")
    receipt = result.json

    assert (2, 1) == (first["added"], first["merged"])
    assert (0, "undo", [1], True) == (result.code, receipt["kind"], receipt["undoes"], receipt["balanced"])
    assert (3, 0, 1, 2) == (receipt["read"]["source"], receipt["added"], receipt["merged"], receipt["removed"])
    assert {"added": 0, "merged": 1, "removed": 2} == receipt["writes"]["pinboard"]
    assert before == bare.held()


def test_after_an_undo_nothing_is_sent_again(bare: Stage, source: Path) -> None:
    """The same migration finds what was taken back, and leaves it at that."""
    bare.json("migrate", source, "pinboard")
    bare.json("undo", "1")
    writes = sum(call.route in WRITES for call in bare.sandbox.log)
    again = bare.json("migrate", source, "pinboard")

    assert (0, 0, 0) == (again.code, again.json["added"], again.json["merged"])
    assert ["https://example.org/a", "https://example.org/c"] == sorted(urls(again.json["skipped"]))
    assert writes == sum(call.route in WRITES for call in bare.sandbox.log)


def test_what_was_taken_back_is_sent_again_once_the_printed_command_was_typed(bare: Stage, tmp_path: Path) -> None:
    """It names all files that the source was read from."""
    export, dump = tmp_path / "part_000000.csv", tmp_path / "pocket_dump.json"
    export.write_text(
        "title,url,time_added,tags,status\nA,https://example.org/a,1400000000,,unread\n", encoding="utf-8"
    )
    record = {"item_id": "1", "given_url": "https://example.org/d", "given_title": "D", "time_added": "1400000001"}
    dump.write_text(json.dumps({"list": {"1": record}}), encoding="utf-8")
    words = ("migrate", export, "--with", dump, "pinboard")
    bare.json(*words)
    bare.json("undo", "1")
    again = bare.json(*words)
    printed = next(line for line in again.err.splitlines() if "To send again" in line).partition(": ")[2]
    forgotten = bare.json(*shlex.split(printed)[1:])
    third = bare.json(*words)

    assert (0, 2) == (again.json["added"], len(again.json["skipped"]))
    assert (0, 2, 2) == (forgotten.code, forgotten.json["forgotten"], third.json["added"])
    assert "Nothing was known" in bare.run("forget", export, "./pinboard.jsonl").out


def test_an_undo_says_whose_last_copy_it_removes(bare: Stage, tmp_path: Path) -> None:
    """What has gone at the other side, too, would be nowhere: it is said, with the way back."""
    bare.sandbox.load([Post("https://example.org/p", "P"), Post("https://example.org/q", "Q")])
    other = jsonl(tmp_path / "other.jsonl")
    bare.json("mirror", "pinboard", other)
    bare.sandbox.account.delete("https://example.org/p")
    bare.json("mirror", "pinboard", other)
    plan = bare.json("undo", "1", "--dry-run")
    undone = bare.run("undo", "1")

    assert 2 == plan.json["removed"]
    assert "1 of the bookmarks to remove is no longer at the other side either." in undone.out
    assert "Taken back by: bookmark-bridge undo 3" in undone.out


def test_the_receipt_says_what_was_taken_back_and_what_was_left(bare: Stage, source: Path) -> None:
    """In words: the run, the sum, and a bookmark that was edited since."""
    bare.json("migrate", source, "pinboard")
    post = bare.sandbox.posts["https://example.org/a"]
    bare.sandbox.load([attrs.evolve(post, description="edited")])
    printed = bare.run("undo", "1").out

    assert f"Receipt of run 2: undo of run 1: {source} to pinboard" in printed
    assert "Written then: 3 = 1 merged + 1 removed + 1 skipped. It balances." in printed
    assert "https://example.org/a: changed at pinboard since: title" in printed
    assert "edited" == bare.sandbox.posts["https://example.org/a"].description


def test_a_dry_run_writes_nothing(bare: Stage, source: Path) -> None:
    """It shows the counts, and `runs` knows nothing of it."""
    bare.json("migrate", source, "pinboard")
    after = bare.held()
    result = bare.json("undo", "1", "--dry-run")

    assert (0, None, 2, 1) == (result.code, result.json["run"], result.json["removed"], result.json["merged"])
    assert (after, 1) == (bare.held(), len(bare.json("runs").json["runs"]))


def test_a_mirror_of_a_file_is_undone_on_both_sides(bare: Stage, source: Path) -> None:
    """What came to the file goes from it, what came to Pinboard goes from there; the next mirror writes nothing."""
    held, lines = bare.held(), sorted(source.read_text(encoding="utf-8").splitlines())
    bare.json("mirror", source, "pinboard")
    undone = bare.json("undo", "1")
    file = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    again = bare.json("mirror", source, "pinboard")

    assert (0, True) == (undone.code, undone.json["balanced"])
    assert held == bare.held()
    assert len(lines) == len(file)
    assert {"x y"} == {tag for record in file[1:] for tag in record["tags"]}
    assert ["", "", ""] == [record.get("note", "") for record in file[1:]]
    assert (0, 0, 0) == (again.code, again.json["added"], again.json["merged"])


def test_runs_of_several_jobs_are_undone_one_after_the_other(bare: Stage, source: Path, tmp_path: Path) -> None:
    """One object holds a receipt for each, the latest first; both accounts are as they were."""
    before, backup = bare.held(), tmp_path / "backup.jsonl"
    bare.json("migrate", source, "pinboard")
    bare.json("migrate", "pinboard", backup)
    result = bare.json("undo", "1", "2")

    assert 0 == result.code
    assert [[2], [1]] == [receipt["undoes"] for receipt in result.json["undone"]]
    assert before == bare.held()
    assert 1 == len(backup.read_text(encoding="utf-8").splitlines())
    assert "undo 2: pinboard -> " in bare.run("runs").out


def test_of_several_runs_one_that_fails_is_told_and_the_others_go_on(bare: Stage, source: Path, tmp_path: Path) -> None:
    """The file of one run is no file of ours any more: it is refused, the other run is undone."""
    before, backup = bare.held(), tmp_path / "backup.jsonl"
    bare.json("migrate", "pinboard", backup)
    bare.json("migrate", source, "pinboard")
    backup.write_text(f"{backup.read_text(encoding='utf-8')}nonsense\n", encoding="utf-8")
    result = bare.json("undo", "1", "2")

    assert 3 == result.code
    assert [True, False] == ["error" not in found for found in result.json["undone"]]
    assert before == bare.held()
    assert "backup.jsonl" in result.err


@pytest.mark.parametrize(("arguments", "code"), [(("undo", "9"), 3), (("undo",), 2), (("undo", "x"), 2)])
def test_what_is_no_run_cannot_be_undone(bare: Stage, arguments: tuple[str, ...], code: int) -> None:
    """An unknown number is 3, none at all is a fault of usage."""
    result = bare.json(*arguments)

    assert (code, code) == (result.code, result.json["error"]["exit"])


def test_options_of_another_version_are_refused(bare: Stage, source: Path) -> None:
    """What the journal says of the job cannot be read: nothing is written."""
    bare.json("migrate", source, "pinboard")
    with sqlite3.connect(bare.folder / "state" / "state.sqlite3") as connection:
        connection.execute("UPDATE runs SET options = '{}'")
    connection.close()
    after = bare.held()
    result = bare.json("undo", "1")

    assert (3, after) == (result.code, bare.held())
    assert "another version" in result.json["error"]["message"]


def test_show_says_what_each_operation_made_of_its_entry(bare: Stage, source: Path) -> None:
    """`show --all` lists every operation with its changes, in words and as JSON; a run's and its undo's."""
    bare.json("migrate", source, "pinboard", "--existing", "overwrite")
    bare.json("undo", "1")
    run, undone = bare.run("show", "1", "--all").out, bare.json("show", "2", "--all").json

    assert "Additions at pinboard: 2\n" in run
    assert "https://example.org/a" in run
    assert "title: Mine -> b" in run
    assert "note: my note -> (empty)" in run
    assert ["remove", "remove", "update"] == [entry["operation"] for entry in undone["operations"]]
    assert {"field": "title", "old": "b", "new": "Mine"} in undone["operations"][2]["fields"]
    assert ['title "b" becomes "Mine"', 'note "" becomes "my note"'] == undone["operations"][2]["changes"][:2]
    assert "operations" not in bare.json("show", "2").json
