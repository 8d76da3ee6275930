"""Whatever the service does: no loss, no double, the right exit code, and the next run finishes the work."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from adapters.http.serving import (
    CUT,
    DROP_AFTER,
    DROP_BEFORE,
    ERROR_AFTER,
    ERROR_BEFORE,
    HTML_AFTER,
    HTML_BEFORE,
    UNAUTHORIZED,
    Fault,
    refuse,
)
from adapters.pinboard.sandbox_account import Post
from tests.support.stage import Stage

BOOKMARKS = 12


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Write an export of a dozen plain rows."""
    path = tmp_path / "part_000000.csv"
    rows = [
        f"Title {number},https://example.org/{number},{1_400_000_000 + number},tag,unread"
        for number in range(BOOKMARKS)
    ]
    path.write_text("\n".join(["title,url,time_added,tags,status", *rows]) + "\n", encoding="utf-8")
    return path


def _whole(bare: Stage) -> None:
    assert BOOKMARKS == len(bare.sandbox.posts)
    assert {1} == set(bare.sandbox.effective_adds.values())
    assert not bare.sandbox.replaced


@pytest.mark.parametrize(
    "fault",
    [refuse(retry_after=0), ERROR_BEFORE, ERROR_AFTER, DROP_BEFORE, DROP_AFTER, CUT, HTML_BEFORE, HTML_AFTER],
    ids=lambda fault: fault.name,
)
def test_one_bad_answer_to_a_write_is_settled_in_the_same_run(bare: Stage, csv: Path, fault: Fault) -> None:
    """An add that failed or may have failed is looked up, and added once."""
    bare.sandbox.faults.add(fault, "posts/add", skip=4)
    result = bare.json("migrate", csv, "pinboard")

    assert 0 == result.code
    assert (BOOKMARKS, True) == (result.json["added"], result.json["balanced"])
    _whole(bare)


@pytest.mark.parametrize("fault", [ERROR_BEFORE, DROP_BEFORE, CUT, refuse(retry_after=0)], ids=lambda fault: fault.name)
@pytest.mark.parametrize("route", ["posts/update", "posts/all"])
def test_one_bad_answer_to_a_read_is_asked_again(bare: Stage, csv: Path, route: str, fault: Fault) -> None:
    """Reading may be repeated, so one fault is not the person's trouble."""
    bare.sandbox.faults.add(fault, route)

    assert 0 == bare.json("migrate", csv, "pinboard").code
    _whole(bare)


@pytest.mark.parametrize("fault", [ERROR_BEFORE, ERROR_AFTER, DROP_AFTER, HTML_AFTER], ids=lambda fault: fault.name)
def test_a_service_that_goes_down_for_good_is_given_up_and_gone_on_with(bare: Stage, csv: Path, fault: Fault) -> None:
    """After three answers in a row that are none the run ends with 75 and a receipt; the next run finishes."""
    bare.sandbox.faults.add(fault, "posts/add", times=1000, skip=4)
    bare.sandbox.faults.add(ERROR_BEFORE, "posts/get", times=1000)
    first = bare.json("migrate", csv, "pinboard")
    bare.sandbox.faults.clear()
    second = bare.json("migrate", csv, "pinboard")

    assert (75, True) == (first.code, first.json["interrupted"])
    assert (0, True) == (second.code, second.json["balanced"])
    _whole(bare)


def test_a_revoked_token_stops_the_run_at_once(bare: Stage, csv: Path) -> None:
    """A 401 is never tried again: receipt, exit 3, and the next run with a good token goes on."""
    bare.sandbox.faults.add(UNAUTHORIZED, "posts/add", times=1000, skip=4)
    first = bare.json("migrate", csv, "pinboard")
    refused = sum(call.status == 401 for call in bare.sandbox.log)
    bare.sandbox.faults.clear()
    second = bare.json("migrate", csv, "pinboard")

    assert (3, 4, 1) == (first.code, first.json["added"], refused)
    assert (0, BOOKMARKS - 4, 4) == (second.code, second.json["added"], second.json["unchanged"])
    _whole(bare)


def test_a_listing_without_most_of_its_posts_loses_and_doubles_nothing(bare: Stage, csv: Path) -> None:
    """What the listing lacks is added with replace=no, refused, and met as what it is."""
    bare.json("migrate", csv, "pinboard")
    before = bare.held()
    bare.run("forget", csv, "pinboard")
    bare.sandbox.partial = 0.1
    second = bare.json("migrate", csv, "pinboard")
    third = bare.json("migrate", csv, "pinboard")

    assert (0, 0, BOOKMARKS) == (second.code, second.json["added"], second.json["unchanged"])
    assert (0, BOOKMARKS) == (third.code, third.json["unchanged"])
    assert before == bare.held()
    _whole(bare)


def test_a_bookmark_saved_meanwhile_is_met_and_not_replaced(bare: Stage, csv: Path) -> None:
    """An add that meets an entry unites the tags; the title that somebody gave it there stays."""
    url = "https://example.org/3"
    bare.sandbox.load([Post(url, "My own title", "My own note", ("mine",), shared=True)])
    bare.sandbox.partial = 0.0
    result = bare.json("migrate", csv, "pinboard")
    post = bare.sandbox.posts[url]

    assert (0, BOOKMARKS - 1, 1) == (result.code, result.json["added"], result.json["merged"])
    assert ("My own title", "My own note", True) == (post.description, post.extended, post.shared)
    assert {"mine", "tag"} == set(post.tags)


def test_a_backup_that_was_deleted_is_made_again_once_the_pair_is_forgotten(bare: Stage, tmp_path: Path) -> None:
    """Nobody meant every bookmark by it: the refusal, exit 4, names the command that lets the next run begin anew."""
    bare.sandbox.load([Post("https://example.org/1", "One"), Post("https://example.org/2", "Two")])
    backup = tmp_path / "my backup.jsonl"
    bare.json("migrate", "pinboard", backup)
    backup.unlink()
    refused = bare.json("migrate", "pinboard", backup)
    command = shlex.split(refused.json["error"]["remedy"].split("`")[1])
    forgotten = bare.json(*command[1:])
    again = bare.json("migrate", "pinboard", backup)

    assert (4, 2) == (refused.code, refused.json["refused"]["total"])
    assert (0, {"forgotten": 2}) == (forgotten.code, forgotten.json)
    assert (0, 2, True) == (again.code, again.json["added"], backup.exists())
    assert 3 == bare.json("forget", "pinboard", "nowhere.zip").code


def test_everything_refused_is_failed_and_exits_1(bare: Stage, tmp_path: Path) -> None:
    """A bookmark that Pinboard can never take is listed with the reason, in every run."""
    path = tmp_path / "long.csv"
    path.write_text(f"title,url,time_added,tags,status\nLong,https://example.org/{'x' * 5000},1400000000,,unread\n")
    first = bare.json("migrate", path, "pinboard")
    second = bare.json("migrate", path, "pinboard")

    assert (1, 1, True) == (first.code, second.code, first.json["balanced"])
    assert "bytes" in first.json["failed"][0]["reason"]
    assert not bare.sandbox.posts
