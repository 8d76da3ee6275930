"""mirror, as a person types it: between the sandboxes of Pinboard, Pocket and News, and files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from adapters.nextcloud_news.sandbox_records import Feed
from adapters.nextcloud_news.sandbox_records import Item as NewsItem
from adapters.pinboard.sandbox_account import Post
from adapters.pocket.sandbox_account import ARCHIVED, Item
from tests.support.home import YEAR_2020, Home

A, B, C = (f"https://{name}.example/" for name in "abc")


def test_at_first_contact_both_get_what_they_lack(home: Home) -> None:
    """Tags are united, empty notes stay, and what one alone has the other gets; nothing that is private is shown."""
    home.save(A, tags=("left",), status=ARCHIVED)
    home.save(B, tags=("machine learning",), favorite=True)
    home.pin(A, tags="right", shared="yes", extended="a note")
    home.pin(C, tags="deep-learning", toread="no")
    result = home.mirror()
    receipt = result.json

    assert (0, "mirror", "pocket", "pinboard") == (result.code, *(receipt[key] for key in ("kind", "source", "target")))
    assert ({"source": 2, "target": 2, "both": 1}, 2, 1) == (receipt["read"], receipt["added"], receipt["merged"])
    assert {
        "pocket": {"added": 1, "merged": 1, "removed": 0},
        "pinboard": {"added": 1, "merged": 1, "removed": 0},
    } == receipt["writes"]
    assert (True, {"checked": 4, "wrong": []}) == (receipt["balanced"], receipt["verified"])
    assert 2 + 2 - 1 == sum(receipt[fate] for fate in ("added", "merged", "removed", "unchanged"))
    assert [({"left", "right"},) * 2, ({"machine learning"}, {"machine-learning", "favorite"})] == [
        home.tags(page) for page in (A, B)
    ]
    assert (True, False) == (home.sandbox.posts[A].shared, home.sandbox.posts[B].shared)
    assert ({"deep-learning"}, ARCHIVED) == (home.tags(C)[0], home.items(C)[0].status)


def test_edits_of_both_sides_arrive_and_a_third_run_has_nothing_to_do(home: Home) -> None:
    """Also where both have changed the same bookmark: tags come and go, what was read is read on both sides."""
    home.save(A, tags=("old", "kept"))
    home.linked([A, B])
    home.save(A, tags=("kept", "new here"), status=ARCHIVED)
    home.pin(A, tags="old kept new-there", shared="yes")
    home.pin(B, toread="no", tags="x")
    second, third = home.mirror(), home.mirror()

    assert (0, 2, 0) == (second.code, second.json["merged"], third.json["merged"])
    assert ({"kept", "new here", "new-there"}, {"kept", "new-here", "new-there"}) == home.tags(A)
    assert (False, True, ARCHIVED) == (
        home.sandbox.posts[A].toread,
        home.sandbox.posts[A].shared,
        home.items(B)[0].status,
    )
    assert {A: 1, B: 1} == home.sandbox.effective_adds
    assert {} == home.pocket.adds


def test_tags_with_blanks_stay_as_they_are_on_many_ways_there_and_back(home: Home) -> None:
    """Whatever else is edited; and what Pinboard's own tag stands for is known from other bookmarks."""
    home.save(A, tags=("machine learning", "c++"))
    home.linked([A])
    for number in range(3):
        home.pin(A, extended=f"note {number}", toread="yes" if number % 2 else "no")
        home.mirror()
        home.save(A, tags=(*home.items(A)[0].tags, f"tag {number}"))
        home.mirror()
    home.pin(B, tags="machine-learning")
    home.mirror()

    added = {f"tag {number}" for number in range(3)}
    assert {"machine learning", "c++", *added} == home.tags(A)[0]
    assert {"machine-learning", "c++", *(tag.replace(" ", "-") for tag in added)} == home.tags(A)[1]
    assert ({"machine learning"}, {"machine-learning"}) == home.tags(B)


def test_a_favorite_is_a_tag_at_pinboard_and_comes_back_as_one(home: Home) -> None:
    """Who takes the tag off takes the favorite off, and who puts it on makes one; it is no tag at Pocket."""
    home.save(A, favorite=True)
    home.linked([A, B])
    there = [home.tags(page)[1] for page in (A, B)]
    home.pin(A, tags="")
    home.pin(B, tags="favorite")
    result = home.mirror()

    assert [{"favorite"}, set()] == there
    assert (0, 2) == (result.code, result.json["merged"])
    assert [(False, set()), (True, set())] == [(home.items(page)[0].favorite, home.tags(page)[0]) for page in (A, B)]


@pytest.mark.parametrize(
    ("conflict", "titles", "winner", "code"),
    [
        ("newest", ("here", "here"), "pinboard", 0),
        ("left", ("here", "here"), "pinboard", 0),
        ("right", ("there", "there"), "RIGHT", 0),
        ("report", ("here", "there"), None, 1),
    ],
)
def test_what_both_changed_is_decided_or_left_open(
    home: Home, tmp_path: Path, conflict: str, titles: tuple[str, str], winner: str | None, code: int
) -> None:
    """It is listed in any case, and an open one again and again, until both sides agree.

    Neither Pinboard nor a file says when a bookmark changed, so the left is the newest.
    """
    path = tmp_path / "mine.jsonl"
    home.job("pinboard", path, conflict=f'"{conflict}"')
    home.pin(A)
    home.mirror("both")
    home.pin(A, description="here")
    path.write_text(path.read_text(encoding="utf-8").replace('"title": "T"', '"title": "there"'), encoding="utf-8")
    result = home.mirror("both")
    held = json.loads(path.read_text(encoding="utf-8").splitlines()[1])["title"]
    won = str(path) if winner == "RIGHT" else winner
    said = [{"url": A, "field": "title", "winner": won, "source": "here", "target": "there"}]

    assert (code, said) == (result.code, result.json["conflicts"])
    assert titles == (home.sandbox.posts[A].description, held)
    assert (code, said if code else []) == ((again := home.mirror("both")).code, again.json["conflicts"])


def test_one_way_writes_nothing_to_the_left(home: Home) -> None:
    """What was changed on the right stays there, and is not overwritten by what did not change."""
    home.save(A, tags=("here",))
    home.pin(B)
    first = home.json("mirror", "pocket", "pinboard", "--one-way")
    home.pin(A, tags="there", toread="no")
    home.save(A, tags=("here", "new"))
    before = dict(home.pocket.items)
    second = home.json("mirror", "pocket", "pinboard", "--one-way")

    assert (0, 1, 1) == (first.code, first.json["added"], len(first.json["skipped"]))
    assert [{"url": B, "reason": "only at pinboard, from where nothing is carried"}] == first.json["skipped"]
    assert (0, 1, before) == (second.code, second.json["merged"], dict(home.pocket.items))
    assert ({"there", "new"}, False) == (home.tags(A)[1], home.sandbox.posts[A].toread)


def test_a_dry_run_writes_nothing_and_says_what_would_be(home: Home) -> None:
    """The same counts as those of the run that follows."""
    home.save(A)
    home.pin(B)
    before = home.bodies()
    dry = home.json("mirror", "pocket", "pinboard", "--dry-run")
    text = home.run("mirror", "pocket", "pinboard", "--dry-run").out
    after = home.bodies()
    wet = home.mirror()

    assert (0, True, None, 2) == (dry.code, dry.json["dry_run"], dry.json["run"], dry.json["added"])
    assert before == after
    assert "Read 2 (1 at pocket, 1 at pinboard, 0 of them at both) = 2 to add. It balances." in text
    assert ["1", "1", "2"] == re.findall(r"^(?:to add at (?:pocket|pinboard)|calls) +(\d+)$", text, re.MULTILINE)
    assert "Nothing was written.\n" in text
    told = ("read", "added", "merged", "removed", "unchanged", "writes")
    assert [dry.json[key] for key in told] == [wet.json[key] for key in told]


def test_a_tag_renamed_at_pinboard_is_found_by_a_full_listing(home: Home) -> None:
    """posts/update does not move for it; --full asks for all bookmarks."""
    home.save(A, tags=("old",))
    home.linked([A])
    home.time.waited += 600
    home.mirror()
    home.sandbox.account.retag("old", ("new",))
    quick, whole = home.mirror(), home.json("mirror", "pocket", "pinboard", "--full")

    assert (0, 0, 0, 1) == (quick.code, quick.json["merged"], whole.code, whole.json["merged"])
    assert ({"new"}, {"new"}) == home.tags(A)


def test_a_job_of_the_config_says_what_takes_part_and_how_tags_are_called(home: Home) -> None:
    """What it does to tags on the way right, it undoes on the way left."""
    home.job(
        select='{ tag = ["js", "web/javascript"] }',
        tags='{ rename = { js = "javascript" }, prefix = "web/", add = ["bridged"], drop = ["todo"] }',
    )
    home.save(A, tags=("js", "todo"))
    home.save(B, tags=("other",))
    first = home.mirror("both")
    there = set(home.sandbox.posts[A].tags)
    home.pin(A, tags=" ".join([*there, "web/css"]))
    second = home.mirror("both")

    assert (0, 1, 1) == (first.code, first.json["added"], first.json["filtered"])
    assert {"web/javascript", "bridged"} == there
    assert (0, 1, {"js", "todo", "css"}) == (second.code, second.json["merged"], home.tags(A)[0])
    assert [A] == list(home.sandbox.posts)


def test_duplicates_inside_one_account_are_said_and_left_alone(home: Home) -> None:
    """Two spellings of one url are one page: the earlier one is mirrored, and once it is gone the other one."""
    again = "https://A.example"
    home.pin(A, dt="2015-01-01T00:00:00Z", tags="first")
    home.pin(again, dt="2016-01-01T00:00:00Z", tags="second")
    first = home.mirror()
    tags = home.tags(A)
    home.sandbox.account.delete(A)
    second = home.mirror()

    assert (0, 1, ({"first"}, {"first"})) == (first.code, first.json["added"], tags)
    assert [{"url": again, "reason": f"repeats {A} at pinboard"}] == first.json["skipped"]
    assert {"source": 0, "target": 2, "both": 0} == first.json["read"]
    assert (0, 0, 1, [again]) == (second.code, second.json["added"], second.json["merged"], list(home.sandbox.posts))
    assert [{"first", "second"}] == [set(item.tags) for item in home.items(A)]


def test_quiet_says_nothing_but_the_receipt(home: Home) -> None:
    """Neither what is written nor where it is kept."""
    home.save(A)
    result = home.run("-q", "mirror", "pocket", "pinboard")

    assert (0, "") == (result.code, result.err)
    assert result.out.startswith("Receipt of run 1: mirror pocket with pinboard\n")


def test_a_mirror_at_rest_makes_two_calls_and_is_not_in_the_history(home: Home) -> None:
    """One to each side: posts/update, and Pocket's get of what is new."""
    home.pocket.load([Item("1", A, "T", time_added=YEAR_2020)])
    home.sandbox.load([Post(A, "T", shared=False, toread=True)])
    loud = [home.mirror() for _ in range(2)]
    calls = len(home.sandbox.log), len(home.pocket.log)
    rests = [home.mirror() for _ in range(3)]
    history = home.json("runs").json["runs"]

    assert [0] * 5 == [result.code for result in (*loud, *rests)]
    assert [{"pocket": 1, "pinboard": 1}] * 3 == [result.json["calls"] for result in rests]
    assert ["posts/update"] * 3 == [call.route for call in home.sandbox.log[calls[0] :]]
    assert ["get"] * 3 == [call.route for call in home.pocket.log[calls[1] :]]
    assert ([2, 1], [None] * 3) == ([run["run"] for run in history], [result.json["run"] for result in rests])


def test_starred_items_are_mirrored_to_a_file(home: Home, tmp_path: Path) -> None:
    """One way, again and again: what is starred anew is added, and what is there stays."""
    path = tmp_path / "stars.jsonl"
    home.news.load(
        [Feed(1, "Trains")],
        (),
        [NewsItem(3, 1, A, "A", pub_date=YEAR_2020, starred=True), NewsItem(4, 1, B, "B", pub_date=YEAR_2020)],
    )
    first = home.mirror("nextcloud-news", path, "--one-way")
    home.news.account.flag(4, starred=True)
    second, third = (home.mirror("nextcloud-news", path, "--one-way") for _ in range(2))
    held = [json.loads(line)["url"] for line in path.read_text(encoding="utf-8").splitlines()[1:]]

    assert [(0, 1), (0, 1), (0, 0)] == [(result.code, result.json["added"]) for result in (first, second, third)]
    assert [A, B] == held


def test_a_feed_reader_takes_flags_but_no_bookmarks(home: Home) -> None:
    """What was read or is no favorite any more is so at both; a page of Pocket alone stays there."""
    home.news.load(
        [Feed(1, "Trains")],
        (),
        [NewsItem(number, 1, page, "T", pub_date=YEAR_2020, starred=True) for number, page in ((3, A), (4, B))],
    )
    home.save(C)
    first = home.mirror("nextcloud-news", "pocket")
    home.mirror("nextcloud-news", "pocket")
    home.save(A, status=ARCHIVED)
    home.save(B, favorite=False)
    home.news.account.flag(4, unread=False)
    second = home.mirror("nextcloud-news", "pocket")
    third = home.mirror("nextcloud-news", "pocket")
    items = home.news.account.items

    assert (0, 2) == (first.code, first.json["added"])
    assert [{"url": C, "reason": "nextcloud-news takes no new bookmarks"}] == first.json["skipped"]
    assert (0, 2, 0) == (second.code, second.json["merged"], third.json["merged"])
    assert (False, True, False) == (items[3].unread, items[3].starred, items[4].starred)
    assert ARCHIVED == home.items(B)[0].status
