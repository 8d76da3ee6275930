"""The arithmetic of a receipt where a run writes two sides."""

from __future__ import annotations

import attrs
import pytest

from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities, Cost
from bridge.model.errors import Unavailable
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add, Delta, Remove, Update
from bridge.model.plan import Fate, Plan, Step
from bridge.model.receipt import Listed, Loss, Receipt, Verified, Written
from bridge.running.reckoning import closed, estimate, foreseen, opened
from bridge.running.tally import Tally
from bridge.state.store import Notes

A = "https://a.example/"
LEFT, RIGHT = Side
LINK = Link(Half("l", A), Half("r", A))
MIRROR = Receipt("mirror", "here", "there")
LOST = Loss(A, "note", "n")
FAILED = Listed(A, "It does not like it.")
PAIR = frozenset({"l", "r"})


def step(side: Side, kind: type[Add] | type[Update] | type[Remove] = Update, **more: object) -> Step:
    """Return a step that writes a side."""
    entry = Entry("r", Bookmark(A))
    operation = {
        Add: Add(entry.bookmark),
        Update: Update(entry, Delta({Field.TITLE: "t"})),
        Remove: Remove(entry),
    }[kind]
    return Step(side, operation, LINK if side is RIGHT else LINK.turned(), "l", **more)  # type: ignore[arg-type]


HALVES = tuple(step(side, was=LINK) for side in Side)


def finished(left: Tally, right: Tally, receipt: Receipt = MIRROR) -> Receipt:
    """Return the receipt after both sides were written."""
    return closed(receipt, {LEFT: left, RIGHT: right}, Verified(0), {}, interrupted=False)


class TestOpened:
    """The fates of everything that needs no write."""

    def test_a_mirror_counts_the_broken_records_of_both_sides(self) -> None:
        """Each has a fate, as it was read: it failed if it may be lost, else it is skipped."""
        notes = {LEFT: Notes((Problem("row 1", "odd"),)), RIGHT: Notes((Problem("row 2", "odd", lost=True),))}
        receipt = opened(MIRROR, notes, Plan(unchanged=1, read=(1, 1, 1)))

        assert (2, 2, 1) == (receipt.read_source, receipt.read_target, receipt.read_both)
        assert ([1, 1], 1) == ([len(receipt.skipped), len(receipt.failed)], receipt.unchanged)
        assert receipt.balanced

    def test_a_migration_counts_those_of_its_source(self) -> None:
        """What the target cannot read was never to be carried."""
        notes = {LEFT: Notes(), RIGHT: Notes((Problem("row 2", "odd"),))}

        assert () == opened(Receipt("migrate", "here", "there"), notes, Plan()).skipped

    def test_losses_of_a_listing_belong_to_the_run_that_writes_the_bookmark(self) -> None:
        """Else they were listed before."""
        notes = {LEFT: Notes(losses=(LOST,)), RIGHT: Notes()}

        assert () == opened(MIRROR, notes, Plan()).losses
        assert (LOST,) == opened(MIRROR, notes, Plan((step(RIGHT),))).losses


class TestForeseen:
    """The receipt as it will be if all goes well."""

    def test_two_steps_of_one_bookmark_are_one_fate(self) -> None:
        """Beside an Add and a Remove."""
        plan = Plan((*HALVES, step(RIGHT, Add), step(LEFT, Remove)), read=(2, 2, 1))
        receipt = foreseen(opened(MIRROR, {side: Notes() for side in Side}, plan), plan, [], {})

        assert (1, 1, 1) == (receipt.added, receipt.merged, receipt.removed)
        assert receipt.balanced
        assert receipt.dry_run

    def test_losses_of_the_steps_are_told_before(self) -> None:
        """They will be incurred."""
        plan = Plan((step(RIGHT, losses=(LOST,)),))

        assert (LOST,) == foreseen(MIRROR, plan, [], {}).losses


class TestClosed:
    """The receipt with what came of the steps."""

    def test_both_halves_done_are_one_merged_bookmark_and_two_writes(self) -> None:
        """One on each side."""
        receipt = finished(Tally(shared=[(PAIR, None)]), Tally(shared=[(PAIR, None)]))

        assert (1, (), 0) == (receipt.merged, receipt.failed, receipt.pending)
        assert {"here": Written(merged=1), "there": Written(merged=1)} == receipt.writes

    @pytest.mark.parametrize("side", Side)
    def test_one_half_failed_is_a_failed_bookmark(self, side: Side) -> None:
        """Though the other was written; it is listed once."""
        tallies = {each: Tally(shared=[(PAIR, FAILED if each is side else None)]) for each in Side}
        receipt = closed(MIRROR, tallies, Verified(0), {}, interrupted=False)

        assert (0, (FAILED,)) == (receipt.merged, receipt.failed)
        assert Written(merged=1) == receipt.writes[{LEFT: "there", RIGHT: "here"}[side]]

    def test_both_halves_failed_is_one_failed_bookmark(self) -> None:
        """With the first reason."""
        assert (FAILED,) == finished(Tally(shared=[(PAIR, FAILED)]), Tally(shared=[(PAIR, FAILED)])).failed

    def test_a_half_that_was_not_come_to_leaves_its_bookmark_pending(self) -> None:
        """The run was cut short between the two."""
        unreached = Tally.unreached(HALVES[:1], Unavailable("Away."))
        receipt = finished(unreached, Tally(shared=[(PAIR, None)]))

        assert (0, 1) == (receipt.merged, receipt.pending)

    def test_fates_of_both_sides_add_up(self) -> None:
        """What each account was given is told by its name."""
        fates = {Fate.ADDED: 2, Fate.MERGED: 1, Fate.REMOVED: 1}
        receipt = finished(Tally(fates=fates, unchanged=1), Tally(fates=fates, failed=[FAILED]))

        assert (4, 2, 2, 1, (FAILED,)) == (
            receipt.added,
            receipt.merged,
            receipt.removed,
            receipt.unchanged,
            receipt.failed,
        )
        assert {"here": Written(2, 1, 1), "there": Written(2, 1, 1)} == receipt.writes

    def test_a_side_that_is_not_written_has_no_writes(self) -> None:
        """One way."""
        receipt = closed(MIRROR, {RIGHT: Tally()}, None, {}, interrupted=True)

        assert Written() == receipt.writes["here"]
        assert receipt.interrupted


class TestTally:
    """What came of the steps at one account."""

    def test_what_was_not_come_to_counts_bookmarks_that_have_no_other_half(self) -> None:
        """Nor steps that are nobody's fate: what they belong to is counted elsewhere."""
        steps = (step(RIGHT), step(RIGHT, Add), HALVES[1], step(RIGHT, aside=True), step(RIGHT, restores=True))

        assert 2 == Tally.unreached(steps, Unavailable("Away.")).left

    def test_merged_are_all_entries_that_were_changed(self) -> None:
        """Whole bookmarks, halves that were done, and what followed at the source."""
        tally = Tally(asides=1, shared=[(PAIR, None), (PAIR, FAILED)])
        tally.fates[Fate.MERGED] = 3

        assert 5 == tally.merged

    def test_two_tallies_share_nothing(self) -> None:
        """Each begins at naught."""
        one = Tally()
        one.fates[Fate.ADDED] += 1
        one.failed.append(FAILED)

        assert (0, []) == (Tally().fates[Fate.ADDED], Tally().failed)


class TestEstimate:
    """What carrying out the steps will take."""

    COST = Cost(gap=3.0, listing=300.0, add=1.0, update=2.0, remove=1.0)

    @pytest.mark.parametrize(("verify", "seconds"), [(True, 12.0 + 9.0), (False, 12.0)])
    def test_each_kind_has_its_cost(self, verify: bool, seconds: float) -> None:
        """Four calls, three seconds apart, and as many looks as there are entries."""
        steps = [step(RIGHT, Add), step(RIGHT), step(RIGHT, Remove)]
        found = estimate(steps, Capabilities(), Capabilities(cost=self.COST), verify=verify)

        assert (4, seconds) == (found.calls, found.seconds)

    def test_many_are_read_back_by_one_listing(self) -> None:
        """Whichever ends sooner."""
        steps = [step(RIGHT, Add)] * 1_000
        found = estimate(steps, Capabilities(), Capabilities(cost=self.COST), verify=True)

        assert (1_000, 3_000.0 + 300.0) == (found.calls, found.seconds)

    def test_what_is_published_is_looked_up_at_the_source_first(self) -> None:
        """Where the source can be asked for one entry."""
        public = [attrs.evolve(step(RIGHT), operation=Add(Bookmark(A, private=False)))] * 2
        target = Capabilities(publishes=True, cost=self.COST)
        asked = estimate(public, Capabilities(single=True, cost=Cost(gap=5.0)), target, verify=False)
        mute = estimate(public, Capabilities(cost=Cost(gap=5.0)), target, verify=False)

        assert (16.0, 6.0) == (asked.seconds, mute.seconds)
