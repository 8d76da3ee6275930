"""What a second run makes of changes in between."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from adapters.pinboard.sandbox_account import Post
from tests.support.stage import Stage

URL = "https://example.org/1"


def _jsonl(path: Path, **fields: object) -> Path:
    """Write a file of one private bookmark."""
    record = {"url": URL, "title": "T", "note": "", "tags": ["x"], "unread": True, "private": True, **fields}
    path.write_text(json.dumps({"bookmark-bridge": 1}) + "\n" + json.dumps(record) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def export(tmp_path: Path) -> tuple[Path, Path]:
    """Write an export of one row, and a dump that knows more of it."""
    csv, dump = tmp_path / "part_000000.csv", tmp_path / "dump.json"
    csv.write_text(f"title,url,time_added,tags,status\nT,{URL},1400000000,x,unread\n", encoding="utf-8")
    item = {
        "item_id": "1",
        "given_url": URL,
        "given_title": "A full title",
        "favorite": "1",
        "status": "0",
        "time_added": "1400000000",
        "tags": {"y": {"tag": "y"}},
    }
    dump.write_text(json.dumps({"list": {"1": item}}), encoding="utf-8")
    return csv, dump


def test_a_relic_left_out_takes_nothing_away(bare: Stage, export: tuple[Path, Path]) -> None:
    """Without the dump of the first run, what only the dump told stays at Pinboard."""
    csv, dump = export
    bare.json("migrate", csv, "pinboard", "--with", dump)
    before = bare.held()
    again = bare.json("migrate", csv, "pinboard")
    once_more = bare.json("migrate", csv, "pinboard", "--with", dump)

    assert (0, 0, 0) == (again.code, again.json["merged"], once_more.json["merged"])
    assert before == bare.held()
    assert {"x", "y", "favorite"} == set(bare.sandbox.posts[URL].tags)
    assert 1 == bare.json("forget", csv, "pinboard", "--with", dump).json["forgotten"]


def test_a_damaged_relic_takes_nothing_away(bare: Stage, export: tuple[Path, Path]) -> None:
    """What a damaged dump no longer tells is unknown, not removed; the damage is a failure."""
    csv, dump = export
    bare.json("migrate", csv, "pinboard", "--with", dump)
    before = bare.held()
    dump.write_text(dump.read_text(encoding="utf-8")[:60], encoding="utf-8")
    again = bare.json("migrate", csv, "pinboard", "--with", dump)

    assert (1, 0) == (again.code, again.json["merged"])
    assert before == bare.held()


def test_words_of_ones_own_survive_news_of_the_source(bare: Stage, tmp_path: Path) -> None:
    """Title and note that stood at Pinboard first are kept when the source changes its own; a listed conflict."""
    path = tmp_path / "a.jsonl"
    bare.sandbox.load([Post(URL, "My title", "My note", shared=False)])
    bare.json("migrate", _jsonl(path, note="theirs"), "pinboard")
    again = bare.json("migrate", _jsonl(path, title="T 2", note="theirs 2", tags=["x", "z"]), "pinboard")
    post = bare.sandbox.posts[URL]

    assert ("My title", "My note", {"x", "z"}) == (post.description, post.extended, set(post.tags))
    assert {("title", "pinboard"), ("note", "pinboard")} == {
        (conflict["field"], conflict["winner"]) for conflict in again.json["conflicts"]
    }


def test_private_words_do_not_enter_a_public_bookmark(bare: Stage, tmp_path: Path) -> None:
    """A note and highlights from a private source stay out of what everybody can read, and are listed."""
    bare.sandbox.load([Post(URL, "T", shared=True)])
    path = _jsonl(tmp_path / "a.jsonl", note="secret", highlights=[{"quote": "SECRET", "created": None}])
    result = bare.json("migrate", path, "pinboard")
    later = bare.json("migrate", _jsonl(path, note="secret 2"), "pinboard")

    assert (0, 0) == (result.code, later.code)
    assert ("", True) == (bare.sandbox.posts[URL].extended, bare.sandbox.posts[URL].shared)
    assert {"note", "highlights"} <= {loss["field"] for loss in result.json["losses"]}


def test_highlights_of_two_sources_stand_together(bare: Stage, tmp_path: Path) -> None:
    """A highlight that one source gains or loses leaves the other source's highlights alone."""
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"

    def quotes(*texts: str) -> list[dict[str, str | None]]:
        return [{"quote": text, "created": None} for text in texts]

    bare.json("migrate", _jsonl(one, highlights=quotes("a", "b")), "pinboard")
    bare.json("migrate", _jsonl(two, highlights=quotes("c")), "pinboard")
    bare.json("migrate", _jsonl(one, highlights=quotes("b", "d")), "pinboard")
    note = bare.sandbox.posts[URL].extended

    assert ["b", "c", "d"] == sorted(line[2:] for line in note.splitlines() if line.startswith("> "))
    assert attrs.asdict(bare.sandbox.posts[URL])["shared"] is False
