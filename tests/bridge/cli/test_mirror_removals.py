"""What a mirror removes and what it refuses, as a person types it: between the sandboxes of Pinboard and Pocket."""

from __future__ import annotations

import gzip
import re
import shlex

import pytest
from werkzeug.wrappers import Response

from adapters.http.serving import Fault, Gate
from adapters.pocket.sandbox_account import DELETED
from tests.support.home import Home

A, B, C = (f"https://{name}.example/" for name in "abc")


def url(number: int) -> str:
    """Return one of many urls."""
    return f"https://{number:02}.example/"


@pytest.fixture
def strict(home: Home) -> Home:
    """Have a job that carries removals, and twenty pages on both sides."""
    home.job(deletes='"propagate"')
    home.linked([url(number) for number in range(20)], "both")
    return home


def test_removals_are_kept_where_nobody_asked_for_them(home: Home) -> None:
    """What was removed on one side stays on the other, now and later, and does not come back."""
    home.linked([A, B, C])
    home.sandbox.account.delete(A)
    home.save(B, status=DELETED)
    results = [home.mirror() for _ in range(2)]
    said = [
        {"url": A, "reason": "removed at pinboard; it stays at pocket"},
        {"url": B, "reason": "removed at pocket; it stays at pinboard"},
    ]

    assert [(0, 0, 0)] * 2 == [(item.code, item.json["removed"], item.json["added"]) for item in results]
    assert [said] * 2 == [item.json["skipped"] for item in results]
    assert ([B, C], 1) == (sorted(home.sandbox.posts), len(home.items(A)))


def test_removals_go_both_ways_where_the_job_says_so(strict: Home) -> None:
    """Once each was looked up; what was edited on the other side comes back instead."""
    strict.sandbox.account.delete(url(0))
    strict.save(url(1), status=DELETED)
    strict.sandbox.account.delete(url(2))
    strict.save(url(2), tags=("edited",))
    result, again = strict.mirror("both"), strict.mirror("both")

    assert (0, 2, 1) == (result.code, result.json["removed"], result.json["added"])
    assert {"pocket": 1, "pinboard": 1} == {name: of["removed"] for name, of in result.json["writes"].items()}
    assert ([], False) == (strict.items(url(0)), url(1) in strict.sandbox.posts)
    assert ({"edited"}, {"edited"}) == strict.tags(url(2))
    assert (0, 0, 0) == (again.code, again.json["removed"], again.json["added"])
    assert {"posts/get"} <= {call.route for call in strict.sandbox.log if call.args.get("url") == url(0)}


@pytest.mark.parametrize("shown", [0.0, 0.5, 0.95])
def test_a_listing_that_was_cut_removes_nothing(strict: Home, shown: float) -> None:
    """posts/all answers with a part of the bookmarks, as if that were all; what is not sure is not carried either."""
    strict.pin(url(0), tags="news")
    strict.sandbox.partial = shown
    before = strict.bodies()
    cut = strict.mirror("both")
    after = strict.bodies()
    whole = strict.mirror("both")
    reason = f"posts/all: it lists {int(20 * shown)} of the 20 bookmarks that posts/dates counts"

    assert (1, 0, [{"url": "", "reason": reason}]) == (cut.code, cut.json["removed"], cut.json["failed"])
    assert before == after
    assert (0, 0, 1) == (whole.code, whole.json["removed"], whole.json["merged"])


def answers_with(pattern: str, instead: str) -> Fault:
    """Have an answer say something else than it should."""

    def spoil(_gate: Gate, true: Response) -> Response:
        body, number = re.subn(pattern, instead, gzip.decompress(true.get_data()).decode("utf-8"))
        assert 1 == number, body
        return Response(body, content_type="text/xml; charset=utf-8")

    return Fault("forgets", carried_out=True, spoil=spoil)


def test_what_a_listing_lacks_and_a_look_up_finds_is_not_removed(strict: Home) -> None:
    """posts/all and posts/dates agree on nineteen bookmarks; posts/get has the twentieth, whose edit is carried."""
    strict.pin(url(0), tags="news")
    strict.sandbox.faults.add(answers_with(f'<post href="{url(0)}"[^>]*/>', ""), "posts/all")
    strict.sandbox.faults.add(answers_with('count="20"', 'count="19"'), "posts/dates")
    result = strict.mirror("both")

    assert (0, 0, 1) == (result.code, result.json["removed"], result.json["merged"])
    assert ((), ({"news"}, {"news"})) == (strict.sandbox.faults.pending, strict.tags(url(0)))


def test_too_many_removals_are_refused_until_they_are_approved_of(strict: Home) -> None:
    """The command that is named lets those through; nothing is written before."""
    gone = [url(number) for number in range(12)]
    for page in gone:
        strict.sandbox.account.delete(page)
    before = strict.bodies()
    refused, text = strict.mirror("both"), strict.run("mirror", "both")
    after = strict.bodies()
    error = refused.json["error"]
    approve = refused.json["refused"]["approve"]
    words = ["bookmark-bridge", *strict.arguments("mirror", "both", "--approve", approve)]

    assert (4, 4, before) == (refused.code, text.code, after)
    assert {"approve": approve, "items": gone[:10], "total": 12} == refused.json["refused"]
    assert f"12 of 20 bookmarks would be removed from pocket: {', '.join(gone[:10])} and 2 more." == error["message"]
    assert f"Nothing was written. If that is right, run `{shlex.join(words)}`." == error["remedy"]
    assert f"bookmark-bridge: {error['message']} {error['remedy']}\n" == text.err.splitlines(keepends=True)[-1]
    [command] = [part for part in error["remedy"].split("`") if "--approve" in part]
    process = strict.start(*shlex.split(command)[5:])
    out, err = process.communicate(timeout=60)

    assert 0 == process.returncode, err
    assert "= 12 removed + 8 unchanged. It balances." in out
    assert {url(number) for number in range(12, 20)} == {
        item.given_url for item in strict.pocket.items.values() if item.status != DELETED
    }


def test_what_was_approved_of_lets_nothing_else_through(strict: Home) -> None:
    """One more removal is another refusal under another name; fewer pass."""
    for number in range(8):
        strict.sandbox.account.delete(url(number))
    first = strict.mirror("both").json["refused"]["approve"]
    strict.sandbox.account.delete(url(8))
    second = strict.mirror("both", "--approve", first)
    strict.pin(url(8))
    strict.pin(url(7))
    third = strict.mirror("both", "--approve", first)

    assert (4, 9) == (second.code, second.json["refused"]["total"])
    assert first != second.json["refused"]["approve"]
    assert (0, 7) == (third.code, third.json["removed"]), third.out


def test_an_account_that_is_suddenly_empty_is_refused(strict: Home) -> None:
    """Even under a job that removes nothing: what it lacks would stay away for ever."""
    for number in range(20):
        strict.sandbox.account.delete(url(number))
    result = strict.mirror("both")

    assert 4 == result.code
    assert (
        "pinboard suddenly lacks all 20 that it had in common with pocket, "
        "and 20 of 20 bookmarks would be removed from pocket" == result.json["error"]["message"].partition(":")[0]
    )
    assert 20 == result.json["refused"]["total"]


def test_the_first_run_under_other_rules_removes_nothing(strict: Home) -> None:
    """Nor does a later one what was gone by then."""
    config = strict.folder / "config.toml"
    config.write_text(f"{config.read_text(encoding='utf-8')}select = {{ unread = true }}\n", encoding="utf-8")
    strict.sandbox.account.delete(url(0))
    results = [strict.mirror("both") for _ in range(2)]

    assert [(0, 0)] * 2 == [(result.code, result.json["removed"]) for result in results]
    assert 1 == len(strict.items(url(0)))


def test_what_was_removed_and_saved_anew_is_not_removed(strict: Home) -> None:
    """Both hold it, so its tags are united."""
    strict.sandbox.account.delete(url(0))
    strict.pin(url(0), tags="anew")
    result = strict.mirror("both")

    assert (0, 0, 1) == (result.code, result.json["removed"], result.json["merged"])
    assert ({"anew"}, {"anew"}) == strict.tags(url(0))
