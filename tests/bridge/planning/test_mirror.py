"""The planner of mirrors, row by row of its table: what becomes of a link, whatever of it is there."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add, Delta, Remove
from bridge.planning.planner import stands_for_another
from bridge.planning.sides import Sides, View
from tests.bridge.planning.both import DAY, FULL, LEFT, RIGHT, A, B, Both, able, both, deltas, operations, reasons
from tests.mirrored.kinds import KINDS

LATER = DAY + timedelta(days=1)
NEWS, FILE = KINDS["news"], KINDS["file"]
MUTE = able(single=False)
"""It lists all that it holds, and cannot be asked for one entry."""


def lost(*kinds: object, **options: object) -> Both:
    """Return a pair whose right entry was removed by its owner."""
    return both(*kinds, **options).pair(Bookmark(A, title="t", tags=("a",))).drop(RIGHT)  # type: ignore[arg-type]


class TestLinked:
    """A link with both entries there, or one that cannot be read."""

    def test_a_pair_that_did_not_change_is_unchanged(self) -> None:
        """One bookmark on both sides, with one fate."""
        made = both().pair(Bookmark(A, title="t")).plan()

        assert ((), 1, (1, 1, 1)) == (made.steps, made.unchanged, made.read)

    @pytest.mark.parametrize("side", Side)
    def test_a_record_that_cannot_be_read_leaves_its_bookmark_alone(self, side: Side) -> None:
        """It counts as there, named by its ref or by its url."""
        scene = both().pair(Bookmark(A)).change(side.other, title="new")
        entry = scene.held[side].pop(side.value[0])
        by_ref = scene.plan(**{side.value: {"stale": (entry,)}})
        by_url = scene.plan(**{side.value: {"unreadable": frozenset({A})}})

        assert [f"{side.value} has it, but its record there cannot be read"] == reasons(by_ref) == reasons(by_url)
        assert () == by_ref.steps == by_url.steps

    @pytest.mark.parametrize("side", Side)
    def test_nothing_linked_is_changed_where_a_side_could_not_be_read_whole(self, side: Side) -> None:
        """Half of what changed is not to be merged."""
        made = both().pair(Bookmark(A)).change(LEFT, title="new").plan(**{side.value: {"damaged": True}})

        assert ((), 1) == (made.steps, made.unchanged)

    @pytest.mark.parametrize("side", Side)
    def test_the_link_moves_to_an_entry_that_was_saved_anew(self, side: Side) -> None:
        """Counter-example 7: a first contact, and no removal of the tags that the new one lacks."""
        scene = both().pair(Bookmark(A, title="t", tags=("a",))).drop(side)
        ref = scene.put(side, Bookmark(A, title="theirs"))
        made = scene.run()

        assert {side: Delta(add_tags=("a",), expects={Field.TAGS: ()})} == deltas(made)
        assert ref == scene.link.half(side).ref

    def test_the_link_moves_by_the_url_that_the_side_had_made_of_it(self) -> None:
        """Counter-example 10: the key is taken from what was read, never from what was sent."""
        scene = both().pair(Bookmark(A)).change(RIGHT, url=f"{A}?x")
        scene.run()
        ref = scene.drop(RIGHT).put(RIGHT, Bookmark(f"{A}?x"))
        scene.run()

        assert ref == scene.link.right.ref

    def test_a_move_drops_the_bases_even_if_its_step_fails(self) -> None:
        """Counter-example 9: else the next run takes the old base for the new entry's."""
        scene = both().pair(Bookmark(A, tags=("a",))).drop(RIGHT)
        scene.links = [attrs.evolve(scene.link, id=7)]
        scene.put(RIGHT, Bookmark(A))
        scene.refuses = RIGHT
        first = scene.run()
        scene.refuses = None
        second = scene.run()

        assert deltas(first) == deltas(second) == {RIGHT: Delta(add_tags=("a",), expects={Field.TAGS: ()})}
        assert ("a",) == scene.now(LEFT).tags

    def test_an_entry_that_was_saved_anew_under_the_same_ref_is_another(self) -> None:
        """Counter-example 8: its date is later, and nobody can edit a date there."""
        pins = able(KINDS["pins"], url_is_ref=True)
        scene = both(FULL, pins).pair(Bookmark(A, tags=("a",), added=DAY))
        made = scene.change(RIGHT, tags=(), added=LATER).run()

        assert {RIGHT: Delta(add_tags=("a",), expects={Field.TAGS: ()})} == deltas(made)
        assert ("a",) == scene.now(LEFT).tags

    def test_a_first_contact_under_the_same_ref_loses_no_tag_though_a_step_fails(self) -> None:
        """Counter-examples 8 and 9: both sides are written, and one of them is not."""
        scene = both(FULL, KINDS["pins"]).pair(Bookmark(A, tags=("a",), added=DAY))
        scene.links = [attrs.evolve(scene.link, id=7)]
        scene.refuses = RIGHT
        scene.change(RIGHT, tags=("b",), added=LATER).run()
        scene.refuses = None
        scene.run()

        assert [{"a", "b"}] * 2 == [set(scene.now(side).tags) for side in Side]

    def test_pairs_with_both_entries_come_first(self) -> None:
        """Counter-example 16: a link that lost an entry takes none from a link that has both."""
        scene = both().pair(Bookmark(A))
        widowed = Link(Half("l0", A, {}), Half("gone", A, {}))
        scene.links = [widowed, *scene.links]
        scene.put(LEFT, Bookmark(A, added=DAY), "l0")
        made = scene.plan()

        assert (1, (2, 1, 1)) == (made.unchanged, made.read)
        assert ["r"] == [link.right.ref for link in made.agreed if link.left.ref == "l"]


class TestLost:
    """One entry of a link is there, the other is absent."""

    @pytest.mark.parametrize("side", Side)
    def test_a_removal_that_is_proven_travels(self, side: Side) -> None:
        """A look-up shows nothing under its ref and its url; the link is a tombstone then."""
        scene = both().pair(Bookmark(A)).drop(side)
        made = scene.run()

        assert [(side.other, Remove, A)] == operations(made)
        assert [(True, True)] == [(link.left.gone, link.right.gone) for link in scene.links]
        assert (1, 0) == (len(made.steps), len(scene.plan().steps))

    def test_both_entries_are_looked_up_before_a_removal(self) -> None:
        """The one that is absent by its ref and url, the other as it is listed: a listing may be old."""
        scene = lost()
        sides = Sides(View(tuple(scene.shown(LEFT).values())), View(()), tuple(scene.links))

        assert {LEFT: (scene.held[LEFT]["l"],), RIGHT: (Entry("r", Bookmark(A)),)} == scene.planner.doubts(sides)

    def test_a_tombstone_has_no_trail(self) -> None:
        """What changed back and forth is gone."""
        scene = both().pair(Bookmark(A)).change(LEFT, title="new")
        scene.run()
        assert scene.link.trail
        scene.drop(LEFT).drop(RIGHT).run()

        assert () == scene.link.trail

    def test_removals_come_last(self) -> None:
        """What is new is safe before anything goes."""
        scene = lost()
        scene.put(LEFT, Bookmark(B, added=LATER))

        assert [Add, Remove] == [kind for _, kind, _ in operations(scene.plan())]

    def test_a_removal_that_is_not_to_travel_leaves_a_tombstone(self) -> None:
        """Counter-example 32: what was removed while removals stayed is not removed once they travel."""
        scene = lost(removes=False)
        first = scene.run()
        scene.removes = True
        second = scene.run()

        assert ["removed at right; it stays at left"] == reasons(first)
        assert ["removed at right; it stays at left"] == reasons(second)
        assert () == first.steps == second.steps

    def test_a_removal_does_not_travel_to_a_side_that_is_not_written(self) -> None:
        """One way, to the right: what was removed there stays at the left."""
        made = lost(written=(RIGHT,)).plan()

        assert ((), ["removed at right; it stays at left"]) == (made.steps, reasons(made))

    def test_absence_proves_nothing_where_nobody_can_be_asked(self) -> None:
        """Counter-example 34: a whole listing may lack what is there."""
        made = lost(FULL, MUTE).plan()

        assert ["no longer listed at right, which cannot be asked whether it was removed"] == reasons(made)
        assert () == made.steps

    def test_a_reported_removal_is_proven(self) -> None:
        """The service itself has said so."""
        made = lost(FULL, MUTE).plan(right={"reported": frozenset({"r"})})

        assert [(LEFT, Remove, A)] == operations(made)

    def test_absence_means_nothing_at_a_service_that_lists_but_a_part(self) -> None:
        """An item that left the listing of a feed reader was not removed."""
        made = lost(FULL, FILE).plan()

        assert ["no longer listed at right, which does not say what was removed"] == reasons(made)

    def test_an_entry_that_a_look_up_shows_is_there(self) -> None:
        """A listing that lacks it is wrong."""
        scene = both().pair(Bookmark(A)).change(LEFT, title="new")
        made = scene.plan(right={"entries": ()})

        assert {RIGHT: Delta({Field.TITLE: "new"}, expects={Field.TITLE: ""})} == deltas(made)

    def test_an_entry_that_a_look_up_finds_under_another_ref_is_met(self) -> None:
        """Counter-example 11: a wrong listing hides exactly what was saved anew."""
        scene = lost()
        ref = scene.put(RIGHT, Bookmark(A))
        made = scene.run(right={"entries": ()})

        assert Remove not in [kind for _, kind, _ in operations(made)]
        assert ref == scene.link.right.ref

    def test_removed_there_and_edited_here_the_edit_wins(self) -> None:
        """It is added again; and only where removals travel there is anything to win against."""
        made = lost().change(LEFT, title="new").plan()

        assert [(RIGHT, Add, A)] == operations(made)

    def test_what_is_added_again_is_as_private_as_it_was(self) -> None:
        """And has back what only that side knew of it."""
        scene = both(KINDS["pocket"], FULL).pair(Bookmark(A, title="t"), Bookmark(A, title="t", note="n", private=True))
        scene.drop(RIGHT).change(LEFT, unread=False)
        [step] = scene.plan().steps

        assert isinstance(step.operation, Add)
        assert ("n", True) == (step.operation.bookmark.note, step.operation.bookmark.private)

    def test_what_was_private_on_either_side_is_added_again_in_private(self) -> None:
        """Though the side that is left shows it to everybody."""
        scene = both().pair(Bookmark(A, private=False), Bookmark(A, private=True))
        [step] = scene.drop(RIGHT).change(LEFT, title="new").plan().steps

        assert isinstance(step.operation, Add)
        assert step.operation.bookmark.private

    def test_nothing_is_removed_while_that_side_has_another_entry_for_it(self) -> None:
        """Counter-example 12: the entry is another bookmark's, but it has one of the link's keys."""
        scene = both().pair(Bookmark(A))
        scene.put(LEFT, Bookmark(B), "l2")
        scene.put(RIGHT, Bookmark(B), "r2")
        scene.run()
        made = scene.drop(RIGHT).change(RIGHT, "r2", url=A).plan()

        assert ["removed at right, which has another entry for it"] == reasons(made)
        assert () == made.steps

    def test_nothing_is_added_again_where_that_side_has_another_entry_for_it(self) -> None:
        """Counter-example 36: the edit would win, and be refused in each run."""
        scene = both().pair(Bookmark(A))
        scene.put(LEFT, Bookmark(B), "l2")
        scene.put(RIGHT, Bookmark(B), "r2")
        scene.run()
        scene.drop(RIGHT).change(RIGHT, "r2", url=A).change(LEFT, title="new")
        made = scene.plan()

        assert [stands_for_another(scene.held[RIGHT]["r2"])] == reasons(made)

    def test_a_side_that_cannot_remove_keeps_it(self) -> None:
        """It stays so: a tombstone."""
        scene = both(NEWS, FULL).pair(Bookmark(A)).drop(RIGHT)
        made = scene.run()

        assert ["removed at right; left cannot remove it"] == reasons(made)
        assert ["removed at right; it stays at left"] == reasons(scene.plan())


class TestUnseen:
    """An Add that no listing and no look-up has ever shown."""

    @staticmethod
    def unseen(right: object = FULL) -> Both:
        """Return a pair whose right entry was added and never read back; it is not there."""
        scene = both(FULL, right, deaf=True)  # type: ignore[arg-type]
        scene.put(LEFT, Bookmark(A), "l")
        scene.run()
        scene.held[RIGHT].clear()
        return scene

    def test_it_is_looked_up_and_sent_again(self) -> None:
        """Counter-example 3: a lost Add is no deletion."""
        assert [(RIGHT, Add, A)] == operations(self.unseen().plan())

    def test_it_is_held_for_one_whole_listing_where_nobody_can_be_asked(self) -> None:
        """Counter-example 21: two listings without it, of the side that was written, and it is lost."""
        scene = self.unseen(MUTE)
        first, second = scene.run(), scene.plan()

        assert ["sent to right, which does not show it yet"] == reasons(first)
        assert [(RIGHT, Add, A)] == operations(second)

    def test_an_increment_without_it_says_nothing(self) -> None:
        """Only a whole listing shows what is not there."""
        scene = self.unseen(MUTE)
        for _ in range(3):
            made = scene.run(right={"listed": frozenset()})

        assert ["sent to right, which does not show it yet"] == reasons(made)

    def test_one_that_was_seen_and_is_removed_was_removed(self) -> None:
        """Counter-example 4: a read-back counts as seen."""
        scene = both()
        scene.put(LEFT, Bookmark(A), "l")
        scene.run()
        scene.held[RIGHT].clear()

        assert [(LEFT, Remove, A)] == operations(scene.plan())


class TestTombstone:
    """Both entries of a link are gone."""

    @staticmethod
    def buried() -> Both:
        """Return a link whose entries were both removed."""
        scene = both().pair(Bookmark(A, tags=("a",))).drop(LEFT).drop(RIGHT)
        scene.run()
        assert scene.link.left.gone
        assert scene.link.right.gone
        return scene

    def test_two_removals_need_no_write(self) -> None:
        """They are nobody's fate: nothing was read."""
        scene = both().pair(Bookmark(A)).drop(LEFT).drop(RIGHT)

        assert ((), (0, 0, 0)) == (scene.plan().steps, scene.plan().read)

    def test_its_keys_mean_nothing_any_more(self) -> None:
        """Counter-example 16: a new entry of the same page is new."""
        scene = self.buried()
        scene.put(LEFT, Bookmark(A, title="new"))

        assert [(RIGHT, Add, A)] == operations(scene.plan())

    def test_an_entry_that_a_wrong_listing_shows_again_stays_removed(self) -> None:
        """Counter-example 6: it comes back only if a look-up shows it, too."""
        scene = both().pair(Bookmark(A))
        ghost = scene.held[RIGHT]["r"]
        scene.drop(LEFT).drop(RIGHT).run()
        made = scene.plan(right={"entries": (ghost,)})

        assert ((), (0, 0, 0)) == (made.steps, made.read)

    def test_an_entry_that_comes_back_is_as_new(self) -> None:
        """Counter-example 17: the same ref is sent again, under one link."""
        scene = self.buried()
        scene.put(RIGHT, Bookmark(A), "r")
        made = scene.run()

        assert [(LEFT, Add, A)] == operations(made)
        assert ["r"] == [link.right.ref for link in scene.links if not link.left.gone]
