"""Stories of a mirror that only a run can tell: the counter-examples that need a service, a fault, or a death."""

from __future__ import annotations

import random
from pathlib import Path

import attrs
import pytest

from bridge.model.bookmark import Bookmark, Field
from bridge.model.link import Side
from bridge.model.operation import Add, Failed, Remove, Unknown
from tests.mirrored.driver import options
from tests.mirrored.kinds import KINDS
from tests.mirrored.world import URLS, World
from tests.support.memory_adapter import After, Killed

LEFT, RIGHT = Side
PAGE, REWRITTEN = URLS[0], URLS[1]


def world(folder: Path, left: str = "full", right: str = "full", deletes: str = "propagate") -> World:
    """Open two accounts of these kinds."""
    return World(folder, (KINDS[left], KINDS[right]), options("newest", deletes), random.Random(1))


def mirrored(folder: Path, left: str = "full", right: str = "full", **fields: object) -> World:
    """Open two accounts that hold one bookmark and have been mirrored."""
    made = world(folder, left, right)
    made.put(LEFT, attrs.evolve(Bookmark(PAGE, title="t", private=False), **fields))  # type: ignore[arg-type]
    made.settle()
    return made


def held(told: World, side: Side, url: str = PAGE) -> Bookmark:
    """Return what a side holds of a page."""
    return told.sides[side].held()[url]


def applied(told: World, kind: type) -> list[Side]:
    """Return the sides on which the last run carried out operations of a kind."""
    return [
        side for side, account in told.sides.items() for operation in account.applied if isinstance(operation, kind)
    ]


def test_a_listing_that_is_older_than_our_add_removes_nothing(tmp_path: Path) -> None:
    """Counter-example 3: the new entry seems to have vanished."""
    told = world(tmp_path)
    told.put(LEFT, Bookmark(PAGE))
    told.run()
    told.sides[RIGHT].listing = "stale"
    told.run()

    assert [] == applied(told, Remove)
    told.settle()


def test_a_listing_that_is_older_than_our_update_is_no_edit(tmp_path: Path) -> None:
    """Counter-example 5: it shows what was there before, and a look-up does not."""
    told = mirrored(tmp_path)
    told.change(LEFT, PAGE, title="new")
    told.run()
    told.sides[RIGHT].listing = "stale"
    told.run()

    assert ("new", "new") == (held(told, LEFT).title, held(told, RIGHT).title)
    told.settle()


def test_an_old_listing_brings_no_removed_entry_back(tmp_path: Path) -> None:
    """Counter-example 6: it shows what both sides have removed."""
    told = mirrored(tmp_path)
    told.drop(LEFT, PAGE)
    told.run(approve=True)
    told.sides[RIGHT].listing = "stale"
    told.run(approve=True)

    assert {} == told.sides[LEFT].held() == told.sides[RIGHT].held()
    told.settle()


@pytest.mark.parametrize("right", ["pins", "full"])
def test_an_entry_that_was_saved_anew_takes_no_tags_away(tmp_path: Path, right: str) -> None:
    """Counter-examples 7 and 8: under another ref, or under the same."""
    told = mirrored(tmp_path, right=right, tags=("ruby",))
    told.drop(RIGHT, PAGE)
    told.put(RIGHT, Bookmark(PAGE, title="t", added=told.clock.tick()))
    told.settle()

    assert ("ruby",) == held(told, LEFT).tags == held(told, RIGHT).tags


def test_an_entry_that_was_saved_anew_under_a_rewritten_url_is_found(tmp_path: Path) -> None:
    """Counter-examples 10 and 37: both urls are known from the start."""
    told = world(tmp_path, right="quirky")
    told.put(LEFT, Bookmark(REWRITTEN, tags=("ruby",)))
    told.settle()
    told.drop(RIGHT, REWRITTEN)
    told.put(RIGHT, Bookmark(f"{REWRITTEN}?x"))
    told.settle()

    assert [("ruby",)] * 2 == [held(told, LEFT, REWRITTEN).tags, held(told, RIGHT, f"{REWRITTEN}?x").tags]
    assert [1, 1] == [len(account.entries) for account in told.sides.values()]


def test_adds_that_cross_do_not_multiply(tmp_path: Path) -> None:
    """Counter-examples 12 and 13: the right takes one page's Add for another's entry."""
    told = world(tmp_path, right="quirky")
    told.put(LEFT, Bookmark(REWRITTEN))
    told.put(LEFT, Bookmark(f"{REWRITTEN}?x"))
    for _ in range(4):
        told.run()

    assert 2 >= len(told.sides[RIGHT].entries)
    assert [] == applied(told, Add)


def test_an_add_that_ran_into_an_entry_gives_it_back_what_it_was(tmp_path: Path) -> None:
    """Counter-example 14: what the upsert made unread and tagged does not travel."""
    told = mirrored(tmp_path, right="pocket", unread=False)
    told.sides[RIGHT].resolves[f"{PAGE}?x"] = PAGE
    told.put(LEFT, Bookmark(f"{PAGE}?x", title="t", tags=("ruby",)))
    told.run()
    assert [RIGHT] == applied(told, Add)
    told.run()

    assert [] == applied(told, Add)
    assert [(False, ())] * 2 == [(held(told, side).unread, held(told, side).tags) for side in Side]


def test_an_edit_after_a_death_is_no_conflict_with_our_own_echo(tmp_path: Path) -> None:
    """Counter-example 23: the row knows what it carried, so the later edit goes on from there."""
    told = mirrored(tmp_path, note="a")
    told.change(LEFT, PAGE, note="b")
    told.sides[RIGHT].on_push(PAGE, After(Killed()))
    told.run()
    assert "b" == held(told, RIGHT).note
    told.change(LEFT, PAGE, note="c")
    ended = told.run()

    assert ended is not None
    assert () == ended.receipt.conflicts
    assert ("c", "c") == (held(told, LEFT).note, held(told, RIGHT).note)


@pytest.mark.parametrize("outcome", [Unknown("Timed out."), After(Unknown("Timed out."))], ids=["lost", "unheard"])
def test_an_add_whose_answer_was_lost_is_there_once(tmp_path: Path, outcome: object) -> None:
    """It is looked up, and then either taken as done or sent again."""
    told = world(tmp_path)
    told.put(LEFT, Bookmark(PAGE))
    told.sides[RIGHT].on_push(PAGE, outcome)
    told.run()

    assert 1 == len(told.sides[RIGHT].entries)
    told.settle()


def test_both_sides_written_in_one_run_are_agreed_on_both(tmp_path: Path) -> None:
    """Each write moves the link by what it has done: an edit in the next run is no conflict."""
    told = mirrored(tmp_path)
    told.change(LEFT, PAGE, title="new")
    told.change(RIGHT, PAGE, note="new")
    told.run()
    told.change(RIGHT, PAGE, title="theirs")
    ended = told.run()

    assert ended is not None
    assert () == ended.receipt.conflicts
    assert [("theirs", "new")] * 2 == [(held(told, side).title, held(told, side).note) for side in Side]


def test_half_a_bookmark_that_fails_is_written_the_next_time(tmp_path: Path) -> None:
    """Both sides were edited: one was written, and nothing of the other was forgotten."""
    told = mirrored(tmp_path)
    told.change(LEFT, PAGE, title="new")
    told.change(RIGHT, PAGE, note="new")
    told.sides[LEFT].on_push(PAGE, Failed("It does not like it."))
    ended = told.run()
    assert ended is not None
    assert (1, 1, True) == (ended.exit_code, len(ended.receipt.failed), ended.receipt.balanced)
    told.run()

    assert [("new", "new")] * 2 == [(held(told, side).title, held(told, side).note) for side in Side]


def test_a_field_that_a_service_learns_is_met_for_the_first_time(tmp_path: Path) -> None:
    """Counter-example 20: what it did not know before was not empty."""
    told = world(tmp_path)
    told.sides[RIGHT].capabilities = KINDS["full"].can.without(frozenset({Field.NOTE}))
    told.put(LEFT, Bookmark(PAGE, note="mine"))
    told.run()
    told.settle()

    assert ("mine", "mine") == (held(told, LEFT).note, held(told, RIGHT).note)


def test_what_was_removed_while_removals_stayed_is_not_removed_later(tmp_path: Path) -> None:
    """Counter-example 32: a tombstone keeps the rules under which it was made."""
    told = world(tmp_path, deletes="keep")
    told.put(LEFT, Bookmark(PAGE))
    told.settle()
    told.drop(RIGHT, PAGE)
    told.run(approve=True)
    told.options = options("newest", "propagate")
    for _ in range(3):
        told.run(approve=True)

    assert [PAGE] == list(told.sides[LEFT].held())


def test_nothing_is_removed_in_the_first_run_under_other_rules(tmp_path: Path) -> None:
    """Whoever turns removals on sees one run first; then the removal is no news any more, and stays."""
    told = world(tmp_path, deletes="keep")
    told.put(LEFT, Bookmark(PAGE))
    told.settle()
    told.drop(RIGHT, PAGE)
    told.options = options("newest", "propagate")
    told.run(approve=True)

    assert [] == applied(told, Remove)


def test_what_became_private_after_the_listing_is_not_published(tmp_path: Path) -> None:
    """Counter-example 38: an old listing still says public."""
    told = world(tmp_path, right="pins")
    told.put(LEFT, Bookmark(PAGE, private=False))
    told.sides[LEFT].remember()
    told.change(LEFT, PAGE, private=True)
    told.sides[LEFT].listing = "stale"
    told.run()

    assert {} == told.sides[RIGHT].held()
    told.settle()
    assert held(told, RIGHT).private
