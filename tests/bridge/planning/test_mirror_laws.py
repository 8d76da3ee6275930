"""Laws of the planner of mirrors: what holds of every plan, whatever both sides hold and can do."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.mapping.selection import EVERYTHING, Selection
from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.capabilities import Absence
from bridge.model.link import Link, Side
from bridge.model.operation import Add, Update
from bridge.model.plan import Plan
from bridge.planning.advance import advanced
from bridge.planning.policy import Prefer
from bridge.planning.sides import Sides
from tests.bridge.planning.both import DAY, A, B, Both, summed
from tests.mirrored.kinds import KINDS, Kind
from tests.support.bench import CODEC
from tests.support.strategies import capabilities

EXAMPLES = int(os.environ.get("BRIDGE_EXAMPLES", "12"))
"""Scenes for each law in the suite; thousands with BRIDGE_EXAMPLES=5000."""

slow = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
TAGS = ("ml a", "ML a", "ml-a", "ruby", "Ruby", "favorite", "longer than six", ".dot", "x,y", "read")
dates = st.sampled_from([None, *(DAY + timedelta(days=days) for days in range(3))])


def bookmarks(urls: st.SearchStrategy[str]) -> st.SearchStrategy[Bookmark]:
    """Return bookmarks that are alike in much, so that they meet one another."""
    return st.builds(
        Bookmark,
        url=urls,
        title=st.sampled_from(["", "one", " two ", "a title that is long", "a title that is longer"]),
        note=st.sampled_from(["", "note", "words"]),
        tags=st.lists(st.sampled_from(TAGS), max_size=3).map(tuple),
        added=dates,
        unread=st.booleans(),
        favorite=st.booleans(),
        private=st.booleans(),
        highlights=st.lists(st.sampled_from([Highlight("q"), Highlight("r", DAY)]), max_size=2).map(tuple),
    )


pages = st.sampled_from([A, B, f"{A}?again", "HTTPS://a.example:443"])
directions = st.sampled_from([(Side.RIGHT, Side.LEFT), (Side.RIGHT, Side.LEFT), (Side.RIGHT,), (Side.LEFT,)])


@st.composite
def kinds(draw: st.DrawFn) -> Kind:
    """Return the kinds that a mirror is tried with, and accounts with any capabilities."""
    if draw(st.booleans()):
        return draw(st.sampled_from(list(KINDS.values())))
    can = attrs.evolve(
        draw(capabilities()),
        removes=draw(st.booleans()),
        absence=draw(st.sampled_from(Absence)),
        single=draw(st.booleans()),
        overwrites=draw(st.booleans()),
    )
    return Kind("any", can, tidies=draw(st.booleans()), dated=draw(st.booleans()))


@st.composite
def scenes(draw: st.DrawFn, **options: Any) -> Both:
    """Return two accounts, some of whose bookmarks both have; nothing was mirrored yet."""
    given = {
        "conflict": draw(st.sampled_from(Prefer)),
        "removes": draw(st.booleans()),
        "written": draw(directions),
        "selection": draw(st.sampled_from([EVERYTHING, EVERYTHING, Selection(favorite=True)])),
        **options,
    }
    scene = Both({side: draw(kinds()) for side in Side}, **given)
    for side in Side:
        for bookmark in draw(st.lists(bookmarks(pages), max_size=3)):
            scene.put(side, bookmark)
    return scene


def edited(draw: st.DrawFn, scene: Both) -> None:
    """Let people change, remove and save bookmarks on both sides."""
    for side in Side:
        for ref in list(scene.held[side]):
            if draw(st.booleans()):
                new = draw(bookmarks(st.just(scene.now(side, ref).url)))
                scene.change(
                    side, ref, **{field.value: new.get(field) for field in draw(st.sets(st.sampled_from(Field)))}
                )
            elif draw(st.booleans()):
                scene.drop(side, ref)
        for bookmark in draw(st.lists(bookmarks(pages), max_size=1)):
            scene.put(side, bookmark)


@slow
@given(scenes(), st.data())
def test_two_sides_come_to_rest(scene: Both, data: st.DataObject) -> None:
    """After a first run and after edits on both sides two runs write at most, and a third has nothing to do."""
    for _ in range(2):
        scene.run()
        scene.run()
        rest = scene.plan()

        assert () == rest.steps
        edited(data.draw, scene)


@slow
@given(scenes(), st.data())
def test_fates_add_up_to_what_was_read(scene: Both, data: st.DataObject) -> None:
    """Every bookmark, one that both sides have counted once, has exactly one fate."""
    for _ in range(3):
        made = scene.run()
        left, right, common = made.read

        assert left + right - common == summed(made)
        edited(data.draw, scene)


@slow
@given(scenes(), st.data())
def test_the_plan_does_not_depend_on_the_order_of_entries_and_links(scene: Both, data: st.DataObject) -> None:
    """What a service lists first, and which link is older, decides nothing."""
    scene.run()
    edited(data.draw, scene)
    sides = scene.sides()
    shuffled = Sides(
        attrs.evolve(sides.left, entries=data.draw(st.permutations(sides.left.entries))),
        attrs.evolve(sides.right, entries=data.draw(st.permutations(sides.right.entries))),
        data.draw(st.permutations(sides.links)),
        sides.round,
    )

    assert essence(scene.planner.plan(sides)) == essence(scene.planner.plan(sides))
    assert essence(scene.planner.plan(sides)) == essence(scene.planner.plan(shuffled))


@slow
@given(scenes(), st.data())
def test_the_sides_are_alike(scene: Both, data: st.DataObject) -> None:
    """Seen from the other account the plan is the same, where the job prefers no side or the same account."""
    scene.conflict = data.draw(st.sampled_from([Prefer.LEFT, Prefer.RIGHT, Prefer.REPORT]))
    scene.run()
    edited(data.draw, scene)
    sides = scene.sides()
    plan = scene.planner.plan(sides)
    other = turned(scene).planner.plan(sides.turned())

    assert essence(whole(plan)) == essence(whole(turned_plan(other)))


@slow
@given(scenes(), st.data())
def test_only_what_a_side_can_edit_is_written(scene: Both, data: st.DataObject) -> None:
    """An Update holds fields that its side edits, an Add those that it takes; each says what it expects."""
    for _ in range(3):
        for step in scene.run().steps:
            can = scene.kinds[step.side].can
            if isinstance(step.operation, Update):
                delta = step.operation.delta
                assert delta.fields <= can.edits
                assert delta.fields == delta.expects.keys()
            if isinstance(step.operation, Add):
                sent = step.operation.bookmark
                assert sent == sent.without(frozenset(Field) - can.sets - {Field.PRIVATE})
        edited(data.draw, scene)


@slow
@given(scenes(), st.data())
def test_nothing_private_becomes_public(scene: Both, data: st.DataObject) -> None:
    """No entry is made public, and none is added publicly whose bookmark is private where it comes from."""
    for _ in range(3):
        shown = {side: scene.shown(side) for side in Side}
        for step in scene.run().steps:
            if isinstance(step.operation, Update):
                assert step.operation.delta.values.get(Field.PRIVATE, True)
            if isinstance(step.operation, Add) and scene.kinds[step.side].can.publishes:
                source = scene.planner.policy.lift(step.side.other, shown[step.side.other][step.source_ref].bookmark)
                assert step.operation.bookmark.private or not source.private
        edited(data.draw, scene)


@slow
@given(scenes(removes=False), st.data())
def test_nothing_is_removed_where_removals_do_not_travel(scene: Both, data: st.DataObject) -> None:
    """Not by one run, nor by any later one."""
    for _ in range(3):
        refs = {side: set(held) for side, held in scene.held.items()}
        scene.run()

        assert all(refs[side] <= held.keys() for side, held in scene.held.items())
        edited(data.draw, scene)


@slow
@given(scenes(), st.data())
def test_a_side_that_is_not_written_stays_as_it_is(scene: Both, data: st.DataObject) -> None:
    """A mirror in one direction writes the other side alone."""
    for _ in range(3):
        before = {side: dict(scene.held[side]) for side in Side if side not in scene.written}
        scene.run()

        assert before == {side: scene.held[side] for side in before}
        edited(data.draw, scene)


def turned(scene: Both) -> Both:
    """Return the scene with its sides turned, and the account that it prefers with them."""
    other = {Prefer.LEFT: Prefer.RIGHT, Prefer.RIGHT: Prefer.LEFT}
    return attrs.evolve(
        scene,
        kinds={side.other: kind for side, kind in scene.kinds.items()},
        names={side.other: name for side, name in scene.names.items()},
        conflict=other.get(scene.conflict, scene.conflict),
        written=tuple(side for side in (Side.RIGHT, Side.LEFT) if side.other in scene.written),
        memories={side.other: memory for side, memory in scene.memories.items()},
    )


def turned_plan(made: Plan) -> Plan:
    """Return a plan seen from the other account. The link of a step has the written side on its right anyway."""
    left, right, common = made.read
    return attrs.evolve(
        made,
        steps=tuple(attrs.evolve(step, side=step.side.other) for step in made.steps),
        agreed=tuple(link.turned() for link in made.agreed),
        twins=tuple(attrs.evolve(known, side=known.side.other) for known in made.twins),
        read=(right, left, common),
    )


def whole(made: Plan) -> Plan:
    """Return a plan in which two steps of one bookmark leave the link as it is after both.

    Which of the two takes a field along that both sides agree on makes no other difference.
    """
    ends: dict[frozenset[str], Link] = {}
    for step in made.steps:
        if step.shared is not None and step.was is not None:
            was, will = facing(step.was, step.side), facing(step.link, step.side)
            ends[step.shared] = advanced(ends.get(step.shared, was), was, will)
    steps = (
        step if step.shared is None else attrs.evolve(step, link=facing(ends[step.shared], step.side), was=None)
        for step in made.steps
    )
    return attrs.evolve(made, steps=tuple(steps))


def facing(link: Link, side: Side) -> Link:
    """Return a link with the written side on its right, or back again."""
    return link.turned() if side is Side.LEFT else link


def essence(made: Plan) -> dict[str, object]:
    """Return what a plan says, whatever the order in which it says it."""
    values: dict[str, object] = attrs.asdict(made, recurse=False)
    said = {name: sorted(map(_sorted, of)) if isinstance(of, tuple) else of for name, of in values.items()}
    return {**said, "read": made.read}


def _sorted(value: object) -> str:
    return json.dumps(json.loads(CODEC.dump(value), object_hook=_in_order), sort_keys=True)


def _in_order(found: dict[str, Any]) -> dict[str, Any]:
    """Return an object with the lists in one order whose order says nothing."""
    return {
        name: sorted(value, key=repr) if name in {"tags", "trail"} and isinstance(value, list) else value
        for name, value in found.items()
    }
