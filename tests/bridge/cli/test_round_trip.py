"""Pinboard to a file and back gives the same account."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs

from adapters.pinboard.sandbox_account import Post
from tests.support.stage import stage

COUNT = int(os.environ.get("BRIDGE_ROWS", "200"))
"""Generated bookmarks in the suite; ten thousand with BRIDGE_ROWS=10000."""

_PIECES = (
    "slow",
    "naïve",
    "東京",
    "🦊",
    '"quoted"',
    "a & b",
    "<b>",
    "it's",
    "two\nlines",
    "tab\tbed",
    "=",
    "%41",
    "]]>",
    "&amp;",
)
_TAGS = ("web", "Web-Dev", ".private", "c++", "日本", "a_b", "toread", "x:y")


def _posts(count: int, seed: int) -> list[Post]:
    """Generate an account: every kind of text, privacy and read state, tags in several cases, dates of twenty years."""
    rng = random.Random(seed)

    def text(most: int) -> str:
        return " ".join(rng.choice(_PIECES) for _ in range(rng.randrange(most))).strip()

    def tags() -> tuple[str, ...]:
        chosen = {rng.choice(_TAGS) for _ in range(rng.randrange(5))}
        return tuple(sorted(chosen))

    start = datetime(2005, 1, 1, tzinfo=UTC)
    return [
        Post(
            href=f"https://example.org/{number}?q={rng.choice(('', '%20', 'a+b', 'ä'))}#{number % 7 or ''}",
            description=text(8) or f"Title {number}",
            extended=text(20),
            tags=tags(),
            time=start + timedelta(seconds=rng.randrange(600_000_000)),
            shared=rng.random() < 0.5,
            toread=rng.random() < 0.3,
        )
        for number in range(count)
    ]


def _same(posts: dict[str, Post]) -> dict[str, Post]:
    return {href: attrs.evolve(post, meta="", tags=tuple(sorted(post.tags))) for href, post in posts.items()}


def test_jsonl_gives_the_same_account_back(tmp_path: Path) -> None:
    """Every field of every bookmark stands in the new account as in the old, and no loss is listed on either way."""
    with stage(tmp_path / "old") as old, stage(tmp_path / "new") as new:
        old.sandbox.load(_posts(COUNT, seed=1))
        saved = old.json("migrate", "pinboard", tmp_path / "backup.jsonl")
        restored = new.json("migrate", tmp_path / "backup.jsonl", "pinboard")

        assert (0, COUNT, []) == (saved.code, saved.json["added"], saved.json["losses"])
        assert (0, COUNT, []) == (restored.code, restored.json["added"], restored.json["losses"]), restored.json[
            "failed"
        ]
        assert _same(dict(old.sandbox.posts)) == _same(dict(new.sandbox.posts))


def test_netscape_html_loses_only_what_the_receipt_lists(tmp_path: Path) -> None:
    """What differs after the way through a bookmarks file is a listed loss of one of the two ways."""
    with stage(tmp_path / "old") as old, stage(tmp_path / "new") as new:
        old.sandbox.load(_posts(COUNT, seed=2))
        ways = [
            old.json("migrate", "pinboard", tmp_path / "bookmarks.html"),
            new.json("migrate", tmp_path / "bookmarks.html", "pinboard"),
        ]
        listed = {(loss["url"], loss["field"]) for way in ways for loss in way.json["losses"]}
        names = {
            "description": "title",
            "extended": "note",
            "tags": "tags",
            "time": "added",
            "shared": "private",
            "toread": "unread",
        }
        before, after = _same(dict(old.sandbox.posts)), _same(dict(new.sandbox.posts))
        differing = {
            (href, field)
            for href, post in before.items()
            for name, field in names.items()
            if getattr(post, name) != getattr(after[href], name)
        }

        assert [0, 0] == [way.code for way in ways]
        assert before.keys() == after.keys()
        assert differing <= listed


def test_second_backup_writes_nothing(tmp_path: Path) -> None:
    """A backup that is up to date is left as it is, to the byte."""
    with stage(tmp_path / "old") as old:
        old.sandbox.load(_posts(50, seed=3))
        old.json("migrate", "pinboard", tmp_path / "backup.jsonl")
        before = (tmp_path / "backup.jsonl").read_bytes()
        again = old.json("migrate", "pinboard", tmp_path / "backup.jsonl")

        assert (0, 0, 50) == (again.code, again.json["added"], again.json["unchanged"])
        assert before == (tmp_path / "backup.jsonl").read_bytes()


def test_an_edit_at_pinboard_reaches_the_backup(tmp_path: Path) -> None:
    """The next backup carries what changed since the last, and nothing else."""
    with stage(tmp_path / "old") as old:
        posts = _posts(50, seed=4)
        old.sandbox.load(posts)
        old.json("migrate", "pinboard", tmp_path / "backup.jsonl")
        old.sandbox.account.delete(posts[7].href)
        old.sandbox.load([attrs.evolve(posts[7], description="Edited", tags=("new",))])
        again = old.json("migrate", "pinboard", tmp_path / "backup.jsonl")

        assert (0, 1, 49) == (again.code, again.json["merged"], again.json["unchanged"])
        assert "Edited" in (tmp_path / "backup.jsonl").read_text(encoding="utf-8")
