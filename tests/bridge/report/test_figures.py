"""What a run moved, in numbers that agree with its receipt."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.bookmark import Field
from bridge.model.link import Side
from bridge.model.operation import Add, Delta, Remove
from bridge.model.plan import Entered, Plan, Step
from bridge.model.receipt import Loss, Receipt
from bridge.report.figures import NO_DATE, Count, TagChange, figures
from bridge.report.operations import planned
from bridge.running.reckoning import foreseen
from tests.bridge.report.steps import BOOKMARK, DAY, entered, link, step, steps, update

RECEIPT = Receipt("migrate", "a", "b", run=1)


@given(steps())
def test_the_figures_of_a_plan_are_those_of_its_receipt(found: tuple[Step, ...]) -> None:
    """Added, merged and removed agree, whatever the steps are."""
    plan = Plan(tuple(of for of in found if of.counts))
    receipt = foreseen(attrs.evolve(RECEIPT, run=None), plan, [], {})
    total = figures(planned(plan), receipt).total

    assert (receipt.added, receipt.merged, receipt.removed) == (total.added, total.merged, total.removed)


@given(steps(), st.data())
def test_every_bookmark_has_a_year_and_a_state_of_each_kind(found: tuple[Step, ...], data: st.DataObject) -> None:
    """The years add up to all that moved; so do unread and archived, private and public; the rest is part of it."""
    states = st.sampled_from(["done", "failed", "sent", "dropped", "agreed"])
    journal = [
        Entered(number, data.draw(states), of, None, data.draw(st.booleans())) for number, of in enumerate(found)
    ]
    numbers = figures(journal, RECEIPT)
    by_state = {of.name: attrs.astuple(of)[1:] for of in numbers.states}

    def added(*counts: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(map(sum, zip(*counts, (0, 0, 0), strict=True)))

    total = attrs.astuple(numbers.total)[1:]
    assert total == added(*(attrs.astuple(of)[1:] for of in numbers.years))
    for one, other in (("unread", "archived"), ("private", "public")):
        assert total == added(by_state.get(one, (0, 0, 0)), by_state.get(other, (0, 0, 0)))
    assert by_state.get("favorite", (0, 0, 0)) <= total
    assert sum(total) <= sum(item.done and item.step.counts for item in journal)
    names = [of.name for of in numbers.years]
    assert sorted(names, key=lambda name: (name == NO_DATE, name)) == names


def test_a_bookmark_is_in_the_year_in_which_it_was_added() -> None:
    """One without a date is in none, which stands last."""
    undated = attrs.evolve(BOOKMARK, url="https://b.example/", added=None)
    numbers = figures(entered(step(Add(undated)), step(Add(BOOKMARK))), RECEIPT)

    assert (Count("2014", added=1), Count(NO_DATE, added=1)) == numbers.years


def test_what_is_folded_at_the_target_counts_as_what_it_is() -> None:
    """A favorite that Pinboard has as a tag is a favorite: the link knows."""
    of = step(Add(BOOKMARK))
    folded = attrs.evolve(
        of, link=of.link.with_half(Side.RIGHT, attrs.evolve(of.link.right, base={Field.FAVORITE: True}))
    )

    assert Count("favorite", added=1) in figures(entered(folded), RECEIPT).states


def test_what_was_not_done_has_not_moved() -> None:
    """Nor has what another step stands in for, or what is beside the bookmark's fate."""
    failed = entered(step(Add(BOOKMARK)), state="failed")
    met = [attrs.evolve(item, replaced=True) for item in entered(step(Add(BOOKMARK)))]
    aside = entered(update(BOOKMARK, Delta({Field.FAVORITE: False}), side=Side.LEFT, aside=True))

    assert [0, 0, 0] == [figures(found, RECEIPT).total.total for found in (failed, met, aside)]


def test_a_bookmark_that_is_written_on_both_sides_is_merged_once_both_are_done() -> None:
    """Half of it is not yet a merge."""
    there, back = link("l", "r"), link("r", "l")
    halves = (
        update(BOOKMARK, Delta({Field.TITLE: "x"}), link=there, was=there),
        update(BOOKMARK, Delta({Field.NOTE: "y"}), side=Side.LEFT, link=back, was=back),
    )

    assert (1, 0) == (figures(entered(*halves), RECEIPT).total.merged, figures(entered(halves[0]), RECEIPT).total.total)


def test_tags_are_counted_by_what_became_of_them() -> None:
    """Added, removed, spelt otherwise, left behind: the most frequent first."""
    spelt = step(Add(BOOKMARK), link=link("l", "r", {("slow food", "slow-food"), ("food", "food")}))
    changed = update(BOOKMARK, Delta(add_tags=("food",), remove_tags=("old",)))
    losses = (Loss("u", "tags", "many", ""), Loss("u", "tags", ".x", "_.x"), Loss("u", "note", "n"))
    lossy = attrs.evolve(RECEIPT, losses=losses)

    assert (
        TagChange("food", "added", 2),
        TagChange("many", "left behind", 1),
        TagChange("old", "removed", 1),
        TagChange("slow food", "spelt slow-food", 1),
    ) == figures(entered(spelt, changed), lossy).tags


def test_tags_of_what_is_removed_are_no_change_of_tags() -> None:
    """They went with their bookmark, which is counted."""
    numbers = figures(
        entered(update(BOOKMARK, Delta()), step(Remove(update(BOOKMARK, Delta()).operation.entry))), RECEIPT
    )  # type: ignore[union-attr]

    assert (1, ()) == (numbers.total.removed, numbers.tags)
    assert DAY.year == int(numbers.years[0].name)
