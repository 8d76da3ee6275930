"""A Pocket export reaches Pinboard whole, and the receipt proves it."""

from __future__ import annotations

import os

import pytest

from bridge.mapping.fields import unfold_highlights
from bridge.model.bookmark import Bookmark
from tests.support import pocket_zip
from tests.support.stage import Result, Stage, stage

ROWS = int(os.environ.get("BRIDGE_ROWS", "400"))
"""Four rounds of oddities; 12,000 rows (BRIDGE_ROWS=12000) take a minute and more."""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> pocket_zip.Account:
    """Make an export with every oddity, and an API dump beside it."""
    return pocket_zip.make(tmp_path_factory.mktemp("export"), rows=ROWS)


@pytest.fixture(scope="module")
def moved(account: pocket_zip.Account, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Migrate the export; yield the stage and what the command said."""
    with stage(tmp_path_factory.mktemp("moved") / "home") as ready:
        yield ready, ready.json("migrate", account.zip, "pinboard", "--with", account.dump)


def test_every_bookmark_has_one_fate(account: pocket_zip.Account, moved: tuple[Stage, Result]) -> None:
    """The receipt balances, and counts each record of the files once."""
    receipt = moved[1].json
    fates = sum(receipt[fate] for fate in ("added", "merged", "removed", "unchanged"))
    listed = len(receipt["skipped"]) + len(receipt["failed"])

    assert receipt["balanced"]
    assert len(account.entries) + len(account.problems) == receipt["read"]["source"]
    assert receipt["read"]["source"] == fates + listed
    assert receipt["added"] == len(moved[0].sandbox.posts)


def test_bookmarks_arrive_with_every_field(account: pocket_zip.Account, moved: tuple[Stage, Result]) -> None:
    """Url, title, note with highlights, tags, date, read state and favorite stand at Pinboard as they did at Pocket."""
    ready, result = moved
    lost = {(loss["url"], loss["field"]) for loss in result.json["losses"]}
    kept = {loss["url"]: loss["kept"] for loss in result.json["losses"] if loss["field"] == "url"}
    failed = {item["url"] for item in result.json["failed"]}
    wrong = [
        (url, field)
        for url, wanted in account.united.items()
        if url not in failed
        for field in _differing(wanted, ready.sandbox.posts[kept.get(url, url)])
        if (url, field) not in lost
    ]

    assert [] == wrong


def test_everything_from_pocket_is_private(moved: tuple[Stage, Result]) -> None:
    """Pocket was private, so each bookmark arrives with shared=no."""
    assert {False} == {post.shared for post in moved[0].sandbox.posts.values()}


def test_each_broken_row_is_listed_by_its_place(account: pocket_zip.Account, moved: tuple[Stage, Result]) -> None:
    """A row that is no bookmark is skipped with its file and number."""
    reasons = [item["reason"] for item in moved[1].json["skipped"]]

    assert account.problems
    assert [] == [where for where, _ in account.problems if not any(reason.startswith(where) for reason in reasons)]


def test_what_the_files_themselves_lost_is_listed(account: pocket_zip.Account, moved: tuple[Stage, Result]) -> None:
    """A date that is none and text that is not UTF-8 are losses of their bookmark."""
    listed = {(loss["url"], loss["field"]) for loss in moved[1].json["losses"]}
    failed = {item["url"] for item in moved[1].json["failed"]}

    assert account.losses
    assert {loss for loss in account.losses if loss[0] not in failed} <= listed


def test_each_bookmark_is_added_once(moved: tuple[Stage, Result]) -> None:
    """There is one effective add for each bookmark, and one call for each, plus six, plus one for a url sent twice."""
    ready, result = moved
    respelt = sum(loss["field"] == "url" for loss in result.json["losses"])

    assert {1} == set(ready.sandbox.effective_adds.values())
    assert result.json["calls"]["pinboard"] <= result.json["added"] + len(result.json["failed"]) + respelt + 6
    assert result.json["calls"]["pinboard"] == len(ready.sandbox.log)


def test_all_of_it_reads_back_as_it_was_meant(moved: tuple[Stage, Result]) -> None:
    """Verification looks at each written bookmark and finds nothing wrong."""
    receipt = moved[1].json

    assert {"checked": receipt["added"], "wrong": []} == receipt["verified"]


def test_a_second_run_writes_nothing_and_exits_alike(account: pocket_zip.Account, moved: tuple[Stage, Result]) -> None:
    """The second run finds everything unchanged, and says what failed again."""
    ready, first = moved
    before = ready.held()
    again = ready.json("migrate", account.zip, "pinboard", "--with", account.dump)

    assert first.code == again.code
    assert (0, 0) == (again.json["added"], again.json["merged"])
    assert before == ready.held()
    assert again.json["unchanged"] == first.json["added"]


def _differing(wanted: Bookmark, post: object) -> list[str]:
    note, highlights = unfold_highlights(post.extended)  # type: ignore[attr-defined]
    tags = set(post.tags)  # type: ignore[attr-defined]
    found = {
        "title": post.description,  # type: ignore[attr-defined]
        "note": note,
        "tags": tags - {"favorite"},
        "added": post.time,  # type: ignore[attr-defined]
        "unread": post.toread,  # type: ignore[attr-defined]
        "favorite": "favorite" in tags,
        "highlights": {item.quote for item in highlights},
    }
    meant = {
        "title": wanted.title or wanted.url[:255],
        "note": wanted.note,
        "tags": {"-".join(tag.split()) for tag in wanted.tags},
        "added": wanted.added or found["added"],
        "unread": wanted.unread,
        "favorite": wanted.favorite,
        "highlights": {item.quote for item in wanted.highlights},
    }
    return [field for field, value in meant.items() if found[field] != value]
