"""Both sides of a link are written in one run, or neither is."""

from __future__ import annotations

import pytest

from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.capabilities import Limits, UriLimit
from bridge.model.link import Side
from tests.bridge.planning.both import (
    FULL,
    LEFT,
    RIGHT,
    A,
    able,
    both,
    deltas,
)
from tests.mirrored.kinds import KINDS

PINS = KINDS["pins"]
MARKS = tuple(map(Highlight, "qrs"))


class TestTwoSteps:
    """Both sides are written in one run: each step says how the link stands after it alone."""

    def test_both_steps_know_the_link_before_them(self) -> None:
        """They are one bookmark with one fate."""
        scene = both().pair(Bookmark(A, title="t")).change(LEFT, title="new").change(RIGHT, note="new")
        before = scene.link
        made = scene.plan()

        assert 2 == len(made.steps)
        assert 1 == len({step.shared for step in made.steps})
        assert {LEFT: before.turned(), RIGHT: before} == {step.side: step.was for step in made.steps}

    @pytest.mark.parametrize("side", Side)
    def test_a_step_that_fails_moves_nothing(self, side: Side) -> None:
        """The other's change is taken; the failed one is planned again, and by itself."""
        scene = both(refuses=side).pair(Bookmark(A, title="t", tags=("a",)))
        scene.change(LEFT, title="new", tags=("a", "b")).change(RIGHT, note="new", tags=("a", "c")).run()
        scene.refuses = None

        assert {side} == deltas(scene.plan()).keys()
        scene.run()
        assert [("new", "new", {"a", "b", "c"})] * 2 == [
            (scene.now(each).title, scene.now(each).note, set(scene.now(each).tags)) for each in Side
        ]

    def test_a_write_that_no_listing_has_shown_is_still_doubted_after_the_other(self) -> None:
        """What is written to one side says nothing of what was written to the other."""
        scene = both(refuses=RIGHT).pair(Bookmark(A, title="t"))
        scene.change(LEFT, title="new").change(RIGHT, note="new").run()
        scene.refuses = None
        scene.run(left={"listed": frozenset()})

        assert [{Field.NOTE}, {Field.TITLE}] == [
            half.unlisted.here.keys() for half in (scene.link.left, scene.link.right) if half.unlisted is not None
        ]

    def test_one_step_takes_along_what_needs_no_write(self) -> None:
        """The link moves with it, or not at all."""
        scene = both().pair(Bookmark(A, title="t", note="n"))
        made = scene.change(LEFT, title="new", note="same").change(RIGHT, note="same").plan()
        [step] = made.steps

        assert (None, ()) == (step.was, made.agreed)
        assert "same" == step.link.left.base[Field.NOTE] == step.link.right.base[Field.NOTE]

    def test_highlights_travel_both_ways_at_once(self) -> None:
        """They merge one by one, like tags."""
        scene = both().pair(Bookmark(A, highlights=MARKS[:1]))
        scene.change(LEFT, highlights=MARKS[:2]).change(RIGHT, highlights=MARKS[2:]).run()

        assert [{MARKS[1], MARKS[2]}] * 2 == [set(scene.now(side).highlights) for side in Side]

    @pytest.mark.parametrize("side", Side)
    def test_a_change_that_makes_an_entry_too_long_fails_alone(self, side: Side) -> None:
        """The bookmark is named, both sides and the link keep what they have, and it is tried again."""
        narrow = able(limits=Limits(uri=UriLimit(most=60, overhead=0)))
        kinds = (FULL, narrow) if side is RIGHT else (narrow, FULL)
        scene = both(*kinds).pair(Bookmark(A, title="t")).change(side.other, note="x" * 60).change(side, unread=False)
        before = scene.link
        made = scene.run()

        assert (((), 0), ["it needs a request of 87 bytes, the target takes 60"]) == (
            (made.steps, made.unchanged),
            [listed.reason for listed in made.failed],
        )
        assert [before] == scene.links
        assert 1 == len(scene.plan().failed)

    def test_an_entry_that_one_side_refuses_whole_is_written_on_neither(self) -> None:
        """A bookmark that a side cannot take has one fate, and both keep theirs."""
        picky = able(PINS, limits=Limits(schemes=frozenset({"http"})))
        scene = both(FULL, picky)
        scene.put(LEFT, Bookmark(A, title="t"))
        scene.put(RIGHT, Bookmark(A, note="n"))
        made = scene.run()

        assert ((), ["the target takes no https: urls"]) == (made.steps, [item.reason for item in made.skipped])
