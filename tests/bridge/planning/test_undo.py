"""The planner of undo: what goes back, what is left and why, and what the links say afterwards."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import attrs
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.bookmark import Bookmark, Entry, Field, Highlight, same
from bridge.model.capabilities import Absence
from bridge.model.link import Side
from bridge.model.operation import Delta, Remove, Update
from bridge.model.plan import Plan, Step
from bridge.planning.sides import Sides, View
from bridge.planning.undo import Undoing, Write
from tests.bridge.planning.account import Scene, sides
from tests.bridge.planning.pairs import DAY, FULL, LATER, PINBOARD, A, changed, scene
from tests.bridge.planning.test_laws import edited, scenes, slow

ONE = Bookmark(A, "one", "note", ("x", "y"), DAY)


def undoing(found: Scene, *made: Plan, later: Sequence[Plan] = (), intact: bool = True) -> Undoing:
    """Return the undo of runs, numbered from 1; the others have come after them."""
    writes = [Write(run, Side.RIGHT, step) for run, plan in enumerate(made, 1) for step in plan.steps]
    since = [Write(run, Side.RIGHT, step) for run, plan in enumerate(later, len(made) + 1) for step in plan.steps]
    return Undoing({Side.RIGHT: found.policy}, writes, since, frozenset({len(made)} if intact else ()))


def undone(found: Scene, *made: Plan, later: Sequence[Plan] = (), intact: bool = True) -> Plan:
    """Undo runs, and return how."""
    shown = sides(found.source, found.account.listing(), found.book.all)
    plan = undoing(found, *made, later=later, intact=intact).plan(shown)
    found.book.carry_out(plan, found.account, found.mapper)
    return plan


def reasons(plan: Plan) -> list[str]:
    """Return why entries were left."""
    return [listed.reason for listed in plan.skipped]


def summed(plan: Plan) -> int:
    """Return how many entries have an end."""
    return len(plan.steps) + plan.unchanged + len(plan.skipped)


def alike(one: Mapping[str, Bookmark], other: Mapping[str, Bookmark]) -> bool:
    """Tell whether an account holds the same twice, field by field."""
    return one.keys() == other.keys() and all(
        same(field, one[ref].get(field), other[ref].get(field)) for ref in one for field in Field
    )


@slow
@given(scenes())
def test_an_undo_gives_the_former_state_back(found: Scene) -> None:
    """Whatever the target can hold and does unasked: it is as it was, and nothing is carried again."""
    found.account.capabilities = attrs.evolve(found.account.capabilities, removes=True)
    before = dict(found.account.held)
    made = found.run()
    back = undone(found, made)

    assert alike(before, found.account.held)
    assert len(made.steps) == back.read[0] == summed(back)
    assert () == back.skipped
    assert () == found.plan().steps


@slow
@given(scenes(), st.booleans(), st.data())
def test_two_runs_undone_together_or_in_turn_are_not_carried_again(
    found: Scene, together: bool, data: st.DataObject
) -> None:
    """With edits in between and since: every write has one end, and the next run has nothing to carry."""
    first = found.run()
    edited(data.draw, found)
    second = found.run()
    if together:
        ends = [undone(found, first, second)]
    else:
        ends = [undone(found, Plan(), second), undone(found, first, later=[second], intact=False)]

    assert all(back.read[0] == summed(back) for back in ends)
    assert () == found.plan().steps


@slow
@given(scenes(), st.data())
def test_what_people_changed_since_is_never_lost(found: Scene, data: st.DataObject) -> None:
    """After edits, an entry that was added stays unless it is as it was left; every write has one end."""
    made = found.run()
    left = dict(found.account.held)
    edited(data.draw, found)
    now = dict(found.account.held)
    back = undone(found, made, intact=False)
    gone = now.keys() - found.account.held.keys()
    telling = found.account.capabilities.reads & {Field.NOTE, Field.PRIVATE, Field.FAVORITE, Field.UNREAD}

    assert len(made.steps) == summed(back)
    assert {} == {
        ref: field
        for ref in gone
        for field in telling
        if str(left[ref].get(field)).split() != str(now[ref].get(field)).split()
    }


def test_an_update_goes_back_field_by_field() -> None:
    """What was written becomes what it was; what the run did not write is not touched."""
    found = scene(ONE, there=(Bookmark(A, "", "mine", ("own",), LATER, unread=False),), target=PINBOARD)
    made = found.run()
    changed(found, unread=True)
    back = undone(found, made)

    assert [
        Update(
            Entry("r1", Bookmark(A, "one", "mine", ("own", "x", "y"), LATER)),
            Delta({Field.TITLE: ""}, (), ("x", "y"), {Field.TITLE: "one", Field.TAGS: ("own", "x", "y")}),
        )
    ] == [step.operation for step in back.steps]
    assert Bookmark(A, "", "mine", ("own",), LATER) == found.account.held["r1"]
    assert () == found.plan().steps


def test_the_base_is_what_an_entry_becomes() -> None:
    """The link stays, without the pairs of tags that are gone: a difference that nobody made since."""
    found = scene(ONE, there=(Bookmark(A, "", "mine", ("own", "y"), LATER),), target=PINBOARD)
    undone(found, found.run())
    (link,) = found.book.all

    assert ("", ("own", "y")) == (link.right.base[Field.TITLE], link.right.base[Field.TAGS])
    assert ("one", ("x", "y")) == (link.left.base[Field.TITLE], link.left.base[Field.TAGS])
    assert frozenset({("y", "y")}) == link.pairs


def test_what_the_source_changes_after_an_undo_is_carried() -> None:
    """The standing difference stays; the new tag goes over."""
    found = scene(ONE, there=(Bookmark(A, "mine", "", ("own",), LATER),), target=PINBOARD)
    undone(found, found.run())
    found.source = (Entry("s1", attrs.evolve(ONE, tags=("x", "y", "z"))),)
    found.run()

    assert ("own", "z") == found.account.held["r1"].tags


def test_an_add_leaves_a_tombstone() -> None:
    """The entry is removed and the link remembers it."""
    found = scene(ONE, target=PINBOARD)
    back = undone(found, found.run())
    (link,) = found.book.all

    assert [Remove] == [type(step.operation) for step in back.steps]
    assert ({}, True, True) == (found.account.held, link.right.gone, link.right.seen)
    assert (1, ()) == (len(found.plan().skipped), found.plan().steps)


def test_a_removal_is_taken_back_with_what_cannot_be_set_listed() -> None:
    """The entry comes back under a new ref; its highlights, which an Add cannot bring, are a loss."""
    target = attrs.evolve(FULL, sets=FULL.sets - {Field.HIGHLIGHTS}, edits=FULL.edits - {Field.HIGHLIGHTS})
    item = attrs.evolve(ONE, highlights=(Highlight("q"),))
    found = scene(item, there=(item,), target=target)
    found.run()
    removal = _taken_away(found)
    back = undone(found, removal)
    (link,) = found.book.all

    assert [("highlights", "q", "")] == [(loss.field, loss.wanted, loss.kept) for loss in back.steps[0].losses]
    assert {"r2": attrs.evolve(item, highlights=())} == found.account.held
    assert ("r2", False, True) == (link.right.ref, link.right.gone, link.left.gone)


def test_an_edited_entry_is_left_and_its_fields_are_named() -> None:
    """Only fields that were written count; trimmed texts and another case of a tag are no edit."""
    found = scene(ONE, target=PINBOARD)
    made = found.run()
    changed(found, title=" one\n", tags=("X", "y"))
    spelt = undone(copy.deepcopy(found), made, intact=False)
    changed(found, note="mine", tags=("X", "y", "z"))
    back = undone(found, made)

    assert 1 == len(spelt.steps)
    assert ["changed at to since: note, tags"] == reasons(back)


def test_folded_values_are_part_of_what_was_written() -> None:
    """A note of one's own beside folded highlights keeps the whole note from going back."""
    item = attrs.evolve(ONE, note="", highlights=(Highlight("q"),))
    found = scene(item, there=(attrs.evolve(ONE, note=""),), target=PINBOARD)
    made = found.run()
    changed(found, note=f"my own words\n\n{found.account.held['r1'].note}")

    assert ["changed at to since: note"] == reasons(undone(found, made))


def test_another_run_is_named_as_the_reason() -> None:
    """An entry that a later run has written again is that run's."""
    found = scene(ONE, target=PINBOARD)
    first = found.run()
    found.source = (Entry("s1", attrs.evolve(ONE, title="two")),)
    second = found.run()
    back = undone(found, first, later=[second], intact=False)

    assert ["written again by run 2"] == reasons(back)


def test_an_edit_between_two_runs_keeps_both_from_being_undone() -> None:
    """What the second met was not what the first had left: to go back behind both would undo a person's work."""
    found = scene(ONE, target=PINBOARD)
    first = found.run()
    changed(found, note="mine")
    found.source = (Entry("s1", attrs.evolve(ONE, title="two")),)
    second = found.run()
    back = undone(found, first, second)

    assert ["changed at to in between"] == reasons(back)


def test_runs_that_cancel_each_other_leave_nothing_to_do() -> None:
    """An Add and its Remove, a value and its return: unchanged."""
    found = scene(ONE, target=PINBOARD)
    made = found.run()
    back = undone(found, made)
    again = undone(found, made, back)

    assert (1, ()) == (again.unchanged, again.steps)


def test_what_cannot_be_known_or_done_is_left_with_its_reason() -> None:
    """Broken records, accounts that were not read whole, forgotten links, and what a service does not do."""
    found = scene(ONE, target=PINBOARD)
    made = found.run()
    plan = undoing(found, made).plan
    (entry,), (link,) = found.account.listing(), found.book.all
    source = View(found.source)
    unable = attrs.evolve(PINBOARD, removes=False, adds=False, updates=False)
    policy = attrs.evolve(found.policy, mapper=attrs.evolve(found.mapper, target=unable))
    stuck = Undoing({Side.RIGHT: policy}, undoing(found, made).writes)
    dead = link.with_half(Side.RIGHT, attrs.evolve(link.right, gone=True))
    removal = Plan(steps=(Step(Side.RIGHT, Remove(entry), dead, "s1"),))
    again = undoing(found, removal)

    assert ["what it was linked to is not known any more"] == reasons(plan(Sides(source, View([entry]))))
    assert ["its record at to cannot be read"] == reasons(plan(Sides(source, View([], stale=[entry]), [link])))
    assert ["gone from to since"] == reasons(plan(Sides(source, View([]), [link])))
    assert ["to could not be read whole, and does not show it"] == reasons(
        plan(Sides(source, View([], damaged=True), [link]))
    )
    assert ["to removes nothing"] == reasons(stuck.plan(Sides(source, View([entry]), [link])))
    assert ["at to again"] == reasons(again.plan(Sides(source, View([entry]), [dead])))
    assert ["to could not be read whole, so nothing is added there"] == reasons(
        again.plan(Sides(source, View([], damaged=True), [dead]))
    )
    assert ["to takes no new bookmarks"] == reasons(
        attrs.evolve(stuck, writes=again.writes).plan(Sides(source, View([]), [dead]))
    )


def test_an_entry_that_cannot_be_changed_back_is_left() -> None:
    """The account was narrowed since: the fields are named."""
    found = scene(ONE, there=(attrs.evolve(ONE, title="", tags=()),), target=PINBOARD)
    made = found.run()
    narrowed = attrs.evolve(found.mapper, target=attrs.evolve(PINBOARD, edits=frozenset()))
    found.policy = attrs.evolve(found.policy, mapper=narrowed)

    assert ["to cannot change it back: title, tags"] == reasons(undone(found, made))


def test_only_where_a_listing_says_nothing_is_an_entry_asked_for() -> None:
    """An account that lists but a part of what it holds is asked for what it does not list."""
    found = scene(ONE, target=attrs.evolve(PINBOARD, single=True, absence=Absence.NOTHING))
    made = found.run()
    planner = undoing(found, made)
    here, (link,) = View(found.source), found.book.all
    telling = attrs.evolve(PINBOARD, single=True, absence=Absence.REMOVED)
    known = attrs.evolve(found.policy, mapper=attrs.evolve(found.mapper, target=telling))

    assert {Side.RIGHT: (Entry("r1", Bookmark(A)),)} == planner.doubts(Sides(here, View([]), [link]))
    assert {} == planner.doubts(Sides(here, View(found.account.listing()), [link]))
    assert {} == attrs.evolve(planner, ways={Side.RIGHT: known}).doubts(Sides(here, View([]), [link]))
    assert (None, ()) == (planner.guarded(Sides(here, here)), planner.afterwards(Sides(here, here), ()))


def test_of_a_mirror_a_listing_from_before_is_recognised() -> None:
    """What the entry held before the undo is noted, in case a listing still shows it."""
    found = scene(ONE, there=(attrs.evolve(ONE, title=""),), target=PINBOARD)
    made = found.run()
    found.policy = attrs.evolve(found.policy, mirrors=True)
    (step,) = undoing(found, made).plan(sides(found.source, found.account.listing(), found.book.all)).steps
    unlisted = step.link.right.unlisted

    assert unlisted is not None
    assert ({Field.TITLE: "one"}, {Field.TITLE: "one"}) == (unlisted.here, unlisted.there)


def _taken_away(found: Scene) -> Plan:
    """Let a mirror remove the entry since its other half is gone; return that run."""
    (entry,), (link,) = found.account.listing(), found.book.all
    dead = attrs.evolve(
        link, left=attrs.evolve(link.left, gone=True), right=attrs.evolve(link.right, gone=True), trail=()
    )
    plan = Plan(steps=(Step(Side.RIGHT, Remove(entry), dead, link.left.ref),))
    found.book.carry_out(plan, found.account, found.mapper)
    return plan
