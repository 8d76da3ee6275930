"""A field that changes back and forth is held, and thaws in calm."""

from __future__ import annotations

import pytest

from bridge.model.bookmark import Bookmark, Field
from bridge.model.link import Side, Trace
from bridge.planning.freeze import Hold, review
from bridge.planning.policy import Prefer
from tests.bridge.planning.both import LEFT, RIGHT, A, Both, both, conflicts

CALM = dict.fromkeys(Field, ("here", "there"))
FLIPS = (Trace(1, RIGHT, Field.NOTE, "A"), Trace(2, RIGHT, Field.NOTE, "B"))


def rivalled() -> Both:
    """Return a pair whose note a rival has set back twice after we carried it, and does so once more."""
    scene = both(conflict=Prefer.LEFT).pair(Bookmark(A, note="A"))
    for note in ("B", "A", "B"):
        scene.change(LEFT, note=note)
        made = scene.run()
    assert () == made.steps
    return scene


class TestReview:
    """What is about to be written, beside what the last runs wrote."""

    def test_the_third_write_with_the_first_value_is_held(self) -> None:
        """A, B, A in consecutive runs; its history is told."""
        found = review(FLIPS, RIGHT, {Field.NOTE: "A"}, CALM, 3)

        assert (Hold(Field.NOTE, "A, B, A"),) == found.holds
        assert (*FLIPS, Trace(3, RIGHT, Field.NOTE, "A", held=True, shown="here\nthere")) == found.trail

    @pytest.mark.parametrize(
        ("trail", "side", "field", "value", "round"),
        [
            (FLIPS, RIGHT, Field.NOTE, "C", 3),
            (FLIPS, RIGHT, Field.NOTE, "B", 3),
            (FLIPS, RIGHT, Field.NOTE, "A", 4),
            (FLIPS[:1], RIGHT, Field.NOTE, "A", 3),
            (FLIPS, LEFT, Field.NOTE, "A", 3),
            (FLIPS, RIGHT, Field.TITLE, "A", 3),
            ((Trace(1, RIGHT, Field.NOTE, "A"), Trace(2, RIGHT, Field.NOTE, "A")), RIGHT, Field.NOTE, "A", 3),
        ],
        ids=["new", "same", "a run between", "second", "other side", "other field", "always the same"],
    )
    def test_any_other_write_is_made(
        self, trail: tuple[Trace, ...], side: Side, field: Field, value: str, round: int
    ) -> None:
        """A field that is changed once a day never triggers."""
        found = review(trail, side, {field: value}, CALM, round)

        assert () == found.holds
        assert Trace(round, side, field, value) in found.trail

    def test_two_writes_of_each_field_are_remembered(self) -> None:
        """And those of the other side, whatever happens here."""
        left = Trace(1, LEFT, Field.NOTE, "x")
        found = review((*FLIPS, left), RIGHT, {Field.NOTE: "C"}, CALM, 3)

        assert {left, FLIPS[1], Trace(3, RIGHT, Field.NOTE, "C")} == set(found.trail)

    def test_what_is_not_written_keeps_its_trail(self) -> None:
        """Nothing is forgotten by a run that writes another field."""
        assert set(FLIPS) <= set(review(FLIPS, RIGHT, {Field.TITLE: "t"}, CALM, 3).trail)

    def test_a_hold_stays_while_a_side_moves(self) -> None:
        """The rival goes on."""
        held = review(FLIPS, RIGHT, {Field.NOTE: "A"}, CALM, 3)
        moved = {**CALM, Field.NOTE: ("here", "elsewhere")}

        assert (Hold(Field.NOTE, "A, B, A"),) == review(held.trail, RIGHT, {Field.NOTE: "A"}, moved, 4).holds

    def test_a_hold_thaws_when_both_sides_show_what_they_showed(self) -> None:
        """Then the value is written after all, and its history goes on from there."""
        held = review(FLIPS, RIGHT, {Field.NOTE: "A"}, CALM, 3)
        thawed = review(held.trail, RIGHT, {Field.NOTE: "A"}, CALM, 4)

        assert () == thawed.holds
        assert (FLIPS[1], Trace(4, RIGHT, Field.NOTE, "A")) == thawed.trail

    def test_a_hold_goes_on_without_a_write(self) -> None:
        """While a side moves there may be nothing to write: nothing to list, and still held."""
        held = review(FLIPS, RIGHT, {Field.NOTE: "A"}, CALM, 3)
        waiting = review(held.trail, RIGHT, {}, {**CALM, Field.NOTE: ("x", "y")}, 4)

        assert ((), [True]) == (waiting.holds, [trace.held for trace in waiting.trail if trace.round == 4])
        assert not [
            trace for trace in review(waiting.trail, RIGHT, {}, {**CALM, Field.NOTE: ("x", "y")}, 5).trail if trace.held
        ]

    def test_tags_are_one_value_in_whatever_order(self) -> None:
        """A service may list them as it likes."""
        trail = review((), RIGHT, {Field.TAGS: ("a", "b")}, {**CALM, Field.TAGS: ((), ())}, 1).trail
        other = review((), RIGHT, {Field.TAGS: ("b", "a")}, {**CALM, Field.TAGS: ((), ())}, 1).trail

        assert trail == other

    def test_long_values_are_told_short_and_apart(self) -> None:
        """A difference far behind is still a difference."""
        one, two = (review((), RIGHT, {Field.NOTE: "x" * 80 + end}, CALM, 1).trail[0].value for end in "ab")

        assert one != two
        assert len(one) == len(two) < 80


class TestRival:
    """Counter-example 30: another program sets a field back as often as we carry it."""

    def test_the_third_flip_is_not_carried(self) -> None:
        """It is listed without a winner, with its history; the base stays."""
        scene = both().pair(Bookmark(A, note="A"))
        plans = [scene.change(LEFT, note=note).run() for note in ("B", "A", "B")]

        assert [1, 1, 0] == [len(made.steps) for made in plans]
        assert [("note", None)] == conflicts(plans[2])
        assert (f"{A}: note changes back and forth: B, A, B.",) == plans[2].remarks
        assert (1, "A") == (plans[2].open, scene.link.left.base[Field.NOTE])

    def test_it_is_carried_once_both_sides_are_at_rest(self) -> None:
        """A run in which neither has moved."""
        scene = rivalled()
        scene.run()

        assert "B" == scene.now(RIGHT).note
        assert () == scene.run().steps

    def test_it_stays_held_while_the_rival_goes_on(self) -> None:
        """Nothing is written as long as either side moves."""
        scene = rivalled()
        plans = [scene.change(LEFT, note=note).run() for note in ("A", "B", "A", "B")]

        assert [()] * 4 == [made.steps for made in plans]

    def test_a_held_field_holds_no_other(self) -> None:
        """The rest of the bookmark is carried."""
        scene = rivalled()
        scene.change(LEFT, note="C", title="new").run()

        assert ("new", "A") == (scene.now(RIGHT).title, scene.now(RIGHT).note)

    def test_people_on_both_sides_who_change_their_minds_are_carried(self) -> None:
        """Each side has a trail of its own."""
        scene = both().pair(Bookmark(A, unread=True))
        plans = [
            scene.change(side, unread=unread).run() for side, unread in ((LEFT, False), (RIGHT, True), (LEFT, False))
        ]

        assert [1, 1, 1] == [len(made.steps) for made in plans]
