"""What both sides of a link changed, row by row of the table: one field, two directions, one decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.link import Side
from bridge.model.operation import Delta
from bridge.planning.policy import Prefer
from tests.bridge.planning.both import (
    DAY,
    FULL,
    LEFT,
    RIGHT,
    A,
    Both,
    both,
    conflicts,
    deltas,
    fixed,
    lacking,
    losses,
)
from tests.mirrored.kinds import KINDS

LATER = DAY + timedelta(days=1)
PINS, POOR, BLIND = (KINDS[name] for name in ("pins", "poor", "blind"))
MARKS = tuple(map(Highlight, "qrs"))


def met(left: Bookmark, right: Bookmark) -> Both:
    """Return two sides that hold these and were never linked."""
    scene = both()
    scene.put(LEFT, left, "l")
    scene.put(RIGHT, right, "r")
    return scene


class TestOneSideChanged:
    """A change travels to the other side, as far as that one can take it."""

    def test_a_standing_difference_is_no_change(self) -> None:
        """Agreement is not sameness: after the first contact each side keeps the title that it had."""
        scene = both().pair(Bookmark(A, title="one"), Bookmark(A, title="two"))

        assert () == scene.plan().steps

    @pytest.mark.parametrize("side", Side)
    def test_a_change_is_written_to_the_other_side(self, side: Side) -> None:
        """From left to right and from right to left alike; the base is then what both hold."""
        scene = both().pair(Bookmark(A, title="t")).change(side, title="new")
        made = scene.run()

        assert {side.other: Delta({Field.TITLE: "new"}, expects={Field.TITLE: "t"})} == deltas(made)
        assert ["new", "new"] == [scene.link.half(side).base[Field.TITLE] for side in Side]

    def test_what_the_other_side_has_already_needs_no_write(self) -> None:
        """The front of the title is all that it can hold: only the base moves."""
        scene = both(FULL, POOR).pair(Bookmark(A, title="12345678 one"), Bookmark(A, title="12345678"))
        made = scene.change(LEFT, title="12345678 two").run()

        assert () == made.steps
        assert "12345678 two" == scene.link.left.base[Field.TITLE]

    def test_what_the_other_side_cannot_edit_is_owed_and_listed_once(self) -> None:
        """Counter-example 27: it is delivered when that side gains the edit."""
        scene = both(FULL, fixed(Field.TITLE)).pair(Bookmark(A, title="t")).change(LEFT, title="new")
        first, second = scene.run(), scene.run()
        assert [{("title", "new", "t")}, set()] == [losses(first), losses(second)]
        assert {(RIGHT, Field.TITLE)} == scene.link.owed

        scene.kinds = {LEFT: FULL, RIGHT: FULL}
        scene.run()

        assert ("new", frozenset()) == (scene.now(RIGHT).title, scene.link.owed)

    def test_what_is_owed_is_cleared_by_an_edit_at_that_side(self) -> None:
        """Counter-example 27: the later edit there is no conflict, and goes back."""
        scene = both(FULL, fixed(Field.TITLE)).pair(Bookmark(A, title="t")).change(LEFT, title="new")
        scene.run()
        made = scene.change(RIGHT, title="theirs").run()

        assert ([], frozenset()) == (conflicts(made), scene.link.owed)
        assert "theirs" == scene.now(LEFT).title

    def test_what_the_other_side_does_not_know_is_a_loss(self) -> None:
        """It is listed by the run that meets the news, and by no other."""
        scene = both(FULL, lacking(FULL, Field.NOTE)).pair(Bookmark(A)).change(LEFT, note="new")

        assert [{("note", "new", "")}, set()] == [losses(scene.run()) for _ in range(2)]

    def test_a_side_that_is_not_written_keeps_what_it_has(self) -> None:
        """One way: an edit on the written side stays there, and nothing of it comes back."""
        scene = both(written=(RIGHT,)).pair(Bookmark(A, title="t")).change(RIGHT, title="theirs")

        assert () == scene.run().steps
        assert ("t", "theirs") == (scene.now(LEFT).title, scene.now(RIGHT).title)

    def test_a_lost_journal_is_harmless(self) -> None:
        """Both sides changed to the same: that is agreed, whoever carried it."""
        scene = both().pair(Bookmark(A, title="t")).change(LEFT, title="new").change(RIGHT, title="new")
        made = scene.run()

        assert ((), []) == (made.steps, conflicts(made))
        assert ["new", "new"] == [scene.link.half(side).base[Field.TITLE] for side in Side]


class TestConflict:
    """Both sides changed a field otherwise."""

    @pytest.mark.parametrize("first", Side)
    def test_the_later_entry_wins(self, first: Side) -> None:
        """Where both say when they changed; the loser is written, the conflict is listed with its winner."""
        scene = both().pair(Bookmark(A, title="t"))
        scene.change(first, title="early").change(first.other, title="late")
        made = scene.run()

        assert [("title", first.other.value)] == conflicts(made)
        assert {first: Delta({Field.TITLE: "late"}, expects={Field.TITLE: "early"})} == deltas(made)
        assert () == scene.plan().steps

    def test_the_left_wins_where_a_service_does_not_say_when(self) -> None:
        """Though the right was edited later."""
        scene = both(FULL, PINS).pair(Bookmark(A, title="t")).change(LEFT, title="left").change(RIGHT, title="right")

        assert [("title", "left")] == conflicts(scene.run())
        assert ("left", "left") == (scene.now(LEFT).title, scene.now(RIGHT).title)

    @pytest.mark.parametrize(("prefer", "title"), [(Prefer.LEFT, "left"), (Prefer.RIGHT, "right")])
    def test_the_preferred_side_wins(self, prefer: Prefer, title: str) -> None:
        """Whenever it was edited."""
        scene = both(conflict=prefer).pair(Bookmark(A, title="t"))
        scene.change(LEFT, title="left").change(RIGHT, title="right").run()

        assert (title, title) == (scene.now(LEFT).title, scene.now(RIGHT).title)

    def test_an_open_conflict_leaves_both_sides_until_they_agree(self) -> None:
        """Counter-example 31: it is listed each time, written never, and ends when both hold the same."""
        scene = both(conflict=Prefer.REPORT).pair(Bookmark(A, title="t"))
        scene.change(LEFT, title="left").change(RIGHT, title="right")
        first, second = scene.run(), scene.run()
        assert [((), [("title", None)], 1)] * 2 == [
            (made.steps, conflicts(made), made.open) for made in (first, second)
        ]

        third = scene.change(LEFT, title="right").run()

        assert ((), [], 0, 1) == (third.steps, conflicts(third), third.open, third.unchanged)

    def test_an_open_conflict_blocks_no_other_field(self) -> None:
        """Counter-example 25: the base moves field by field."""
        scene = both(conflict=Prefer.REPORT).pair(Bookmark(A, title="t"))
        made = scene.change(LEFT, title="left", note="new").change(RIGHT, title="right", unread=False).run()

        assert {RIGHT: {Field.NOTE: "new"}, LEFT: {Field.UNREAD: False}} == {
            side: delta.values for side, delta in deltas(made).items()
        }
        assert [("title", None)] == conflicts(made) == conflicts(scene.plan())
        assert [("left", "right")] == [(conflict.source, conflict.target) for conflict in made.conflicts]
        assert ("t", "new") == (scene.link.left.base[Field.TITLE], scene.link.left.base[Field.NOTE])

    def test_an_open_conflict_is_decided_when_the_job_is_set_otherwise(self) -> None:
        """Nothing was forgotten meanwhile."""
        scene = both(conflict=Prefer.REPORT).pair(Bookmark(A, title="t"))
        scene.change(LEFT, title="left").change(RIGHT, title="right").run()
        scene.conflict = Prefer.RIGHT

        assert [("title", "right")] == conflicts(scene.run())
        assert "right" == scene.now(LEFT).title

    def test_a_winner_that_cannot_be_written_is_owed(self) -> None:
        """The other side keeps its own value, and says so."""
        scene = both(FULL, fixed(Field.TITLE), conflict=Prefer.LEFT).pair(Bookmark(A, title="t"))
        made = scene.change(LEFT, title="left").change(RIGHT, title="right").run()

        assert ([("title", "left")], {("title", "left", "right")}) == (conflicts(made), losses(made))
        assert {(RIGHT, Field.TITLE)} == scene.link.owed
        assert () == scene.plan().steps

    def test_one_way_a_conflict_is_listed_once(self) -> None:
        """The written side wins: it keeps its value, and nothing is carried back."""
        scene = both(conflict=Prefer.RIGHT, written=(RIGHT,)).pair(Bookmark(A, title="t"))
        made = scene.change(LEFT, title="left").change(RIGHT, title="right").run()

        assert ((), [("title", "right")], []) == (made.steps, conflicts(made), conflicts(scene.plan()))


class TestFieldsOfTheirOwn:
    """Privacy, dates and cut titles do not travel like the rest."""

    @pytest.mark.parametrize("side", Side)
    def test_what_becomes_private_becomes_private_on_the_other_side(self, side: Side) -> None:
        """The one way in which privacy travels."""
        scene = both().pair(Bookmark(A, private=False)).change(side, private=True)
        scene.run()

        assert scene.now(side.other).private

    def test_what_becomes_public_stays_private_on_the_other_side(self) -> None:
        """The base takes it, so that it is no news later."""
        scene = both().pair(Bookmark(A, private=True)).change(LEFT, private=False)
        made = scene.run()

        assert () == made.steps
        assert [False, True] == [scene.link.half(side).base[Field.PRIVATE] for side in Side]

    def test_private_wins_where_both_changed(self) -> None:
        """That is no conflict."""
        scene = both().pair(Bookmark(A, private=False), Bookmark(A, private=True))
        made = scene.change(LEFT, private=True).change(RIGHT, private=False).run()

        assert [] == conflicts(made)
        assert scene.now(LEFT).private
        assert scene.now(RIGHT).private

    def test_an_earlier_date_travels(self) -> None:
        """Where the other side can edit it."""
        scene = both().pair(Bookmark(A, added=LATER)).change(LEFT, added=DAY)
        scene.run()

        assert DAY == scene.now(RIGHT).added

    def test_a_later_date_does_not_travel(self) -> None:
        """Counter-example 29: what was saved in 2009 is not saved today because somebody saved it again."""
        scene = both().pair(Bookmark(A, added=DAY)).change(LEFT, added=LATER)

        assert () == scene.run().steps
        assert DAY == scene.now(RIGHT).added

    def test_a_cut_title_never_comes_back(self) -> None:
        """Counter-example 26: what could not be held is no edit of the other side."""
        scene = both(FULL, POOR).pair(Bookmark(A, title="12345678 the end"), Bookmark(A, title="12345678"))

        assert () == scene.plan().steps

    def test_an_edit_at_the_front_keeps_the_end_that_was_cut(self) -> None:
        """Counter-example 26: the seam was left alone, so the tail goes back on."""
        scene = both(FULL, POOR).pair(Bookmark(A, title="12345678 the end"), Bookmark(A, title="12345678"))
        scene.change(RIGHT, title="new 5678").run()

        assert "new 5678 the end" == scene.now(LEFT).title

    def test_two_edits_that_are_one_as_far_as_it_fits_are_no_conflict(self) -> None:
        """The whole title stays where it fits; the cut one is not written over it."""
        scene = both(FULL, POOR).pair(Bookmark(A, title="t"))
        made = scene.change(LEFT, title="12345678 the end").change(RIGHT, title="12345678").run()

        assert ((), []) == (made.steps, conflicts(made))
        assert "12345678 the end" == scene.now(LEFT).title

    def test_an_entry_that_was_saved_anew_has_its_whole_title_back(self) -> None:
        """Counter-example 39: an empty title is filled from what stood there, not from the other side's cut of it."""
        scene = both(FULL, POOR).pair(Bookmark(A, title="12345678 the end"), Bookmark(A))
        ref = scene.drop(LEFT).put(LEFT, Bookmark(A))
        scene.run()

        assert "12345678 the end" == scene.now(LEFT, ref).title

    def test_an_edit_of_the_seam_stands_as_it_is(self) -> None:
        """Who changed the end of what was left meant the title to end there."""
        scene = both(FULL, POOR).pair(Bookmark(A, title="12345678 the end"), Bookmark(A, title="12345678"))
        scene.change(RIGHT, title="123 new").run()

        assert "123 new" == scene.now(LEFT).title

    def test_words_of_a_private_bookmark_are_not_put_where_others_read(self) -> None:
        """A loss: the entry there is public, and stays so."""
        scene = both(lacking(FULL, Field.PRIVATE), PINS).pair(Bookmark(A), Bookmark(A, title="t", private=False))
        made = scene.change(LEFT, note="my own").run()

        assert ("", {("note", "my own", "")}) == (scene.now(RIGHT).note, losses(made))


class TestFirstContact:
    """Two entries that were never linked, or a field that was never agreed on."""

    def test_empty_words_are_filled_on_either_side(self) -> None:
        """Title here, note there; what both have stays as each has it."""
        scene = met(Bookmark(A, title="left", note=""), Bookmark(A, title="", note="right"))
        scene.run()

        assert [("left", "right")] * 2 == [(scene.now(side).title, scene.now(side).note) for side in Side]

    def test_what_both_hold_otherwise_stays(self) -> None:
        """Title, read state, privacy and date; the base records each side's own."""
        left = Bookmark(A, title="one", unread=True, private=True, added=DAY)
        right = Bookmark(A, title="two", unread=False, private=False, added=LATER)
        scene = met(left, right)
        made = scene.run()

        assert ((), 1) == (made.steps, made.unchanged)
        assert (left, right) == (scene.now(LEFT), scene.now(RIGHT))
        assert ["one", "two"] == [scene.link.half(side).base[Field.TITLE] for side in Side]

    @pytest.mark.parametrize("side", Side)
    def test_a_favorite_of_either_is_one_of_both(self, side: Side) -> None:
        """True wins."""
        scene = both()
        for each in Side:
            scene.put(each, Bookmark(A, favorite=each is side), each.value[0])
        scene.run()

        assert scene.now(LEFT).favorite
        assert scene.now(RIGHT).favorite

    def test_tags_and_highlights_are_united(self) -> None:
        """On both sides; what both have is a pair without a write."""
        scene = met(
            Bookmark(A, tags=("a", "b"), highlights=MARKS[:2]), Bookmark(A, tags=("b", "c"), highlights=MARKS[1:])
        )
        scene.run()

        assert [{"a", "b", "c"}] * 2 == [set(scene.now(side).tags) for side in Side]
        assert [set(MARKS)] * 2 == [set(scene.now(side).highlights) for side in Side]
        assert {("a", "a"), ("b", "b"), ("c", "c")} == scene.link.pairs

    def test_a_field_that_a_side_gains_is_met_for_the_first_time(self) -> None:
        """Counter-example 20: absent is not empty, and what was learnt is no removal."""
        scene = both(FULL, lacking(FULL, Field.NOTE)).pair(Bookmark(A, note="mine"), Bookmark(A))
        scene.kinds = {LEFT: FULL, RIGHT: FULL}
        made = scene.run()

        assert {RIGHT: {Field.NOTE: "mine"}} == {side: delta.values for side, delta in deltas(made).items()}
        assert "mine" == scene.now(LEFT).note
