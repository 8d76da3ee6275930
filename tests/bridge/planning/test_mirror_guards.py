"""What a mirror refuses to believe, and what it never removes."""

from __future__ import annotations

from collections.abc import Collection

import attrs
import pytest

from bridge.jobs import mirror
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Absence, Capabilities
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Remove
from bridge.planning.guards import Guarded, Outlook, mirrored
from bridge.planning.mirror import Mirroring
from bridge.planning.sides import Sides, View
from bridge.running.job import Past
from bridge.running.world import Party
from bridge.settings.jobs import Mirror
from tests.support.memory_adapter import CAPABLE, MemoryAdapter

LEFT, RIGHT = Side.LEFT, Side.RIGHT
PROPAGATES = Mirror(left="here", right="there", deletes="propagate")


def url(number: int) -> str:
    """Return one of many urls."""
    return f"https://{number:03}.example/"


def some(numbers: Collection[int], side: Side = LEFT) -> dict[str, str]:
    """Return urls by the refs that they have at a side."""
    return {f"{side.value} {number}": url(number) for number in numbers}


def outlook(links: int, lacking: int = 0, leaving: int = 0, changed: int = 0) -> Guarded | None:
    """Return what is said of a left side of which that much is about to be believed."""
    found = Outlook("here", links, some(range(lacking)), some(range(leaving)), some(range(changed)))
    return mirrored({LEFT: found, RIGHT: Outlook("there", links, {}, {}, {})})


@pytest.mark.parametrize(
    ("links", "leaving", "refused"),
    [(1, 1, False), (5, 5, False), (6, 6, True), (25, 5, False), (30, 6, False), (29, 6, True), (1000, 201, True)],
)
def test_more_than_five_and_more_than_a_fifth_are_too_many_to_remove(links: int, leaving: int, refused: bool) -> None:
    """Five are never too many, nor is a fifth."""
    assert refused is (outlook(links, leaving=leaving) is not None)


@pytest.mark.parametrize(
    ("links", "lacking", "refused"), [(1, 1, True), (0, 0, False), (3, 2, False), (40, 40, True), (40, 39, False)]
)
def test_a_side_that_lacks_all_is_refused_however_few_that_is(links: int, lacking: int, refused: bool) -> None:
    """It may have been emptied, or be another account."""
    assert refused is (outlook(links, lacking=lacking) is not None)


@pytest.mark.parametrize(("links", "changed", "refused"), [(5, 5, False), (6, 6, True), (6, 5, False), (0, 0, False)])
def test_a_side_on_which_all_has_changed_is_refused(links: int, changed: int, refused: bool) -> None:
    """It may be read wrongly; of a few bookmarks it is nothing special."""
    assert refused is (outlook(links, changed=changed) is not None)


def test_the_refusal_names_the_account_the_number_and_the_first_ten() -> None:
    """The rest is in the number alone, but all are in what is approved of."""
    guarded = outlook(20, leaving=12)

    assert guarded is not None
    first = ", ".join(url(number) for number in range(10))
    assert f"12 of 20 bookmarks would be removed from here: {first} and 2 more." == guarded.message
    assert (tuple(url(number) for number in range(10)), 12) == (guarded.items, guarded.total)
    assert {f"removes left left {number}" for number in range(12)} == guarded.tokens


def test_two_reasons_are_both_said_and_approved_of_together() -> None:
    """One side is empty, and so the other would be emptied: each bookmark is named and counted once."""
    lacking = Outlook("here", 8, some(range(8)), {}, {})
    leaving = Outlook("there", 8, {}, some(range(8), RIGHT), {})
    guarded = mirrored({LEFT: lacking, RIGHT: leaving})

    assert guarded is not None
    why = "here suddenly lacks all 8 that it had in common with there, and 8 of 8 bookmarks would be removed from there"
    assert f"{why}: {', '.join(url(number) for number in range(8))}." == guarded.message
    assert (tuple(url(number) for number in range(8)), 8) == (guarded.items, guarded.total)
    assert 16 == len(guarded.tokens)


# A whole mirror of twenty links, of which one side shows less than before.


def planner(options: Mirror = PROPAGATES, *, again: bool = True, can: Capabilities = CAPABLE) -> Mirroring:
    """Return the planner of a mirror between two accounts in memory."""
    parties = (Party(name, MemoryAdapter(name, can)) for name in ("here", "there"))
    made = mirror.job(options, *parties).make_planner(Past({side: {} for side in Side}, again=again))
    assert isinstance(made, Mirroring)
    return made


def sides(
    left: Collection[int], right: Collection[int], *, looked: Collection[int] = (), title: str = "", links: int = 20
) -> Sides:
    """Return two sides with links between them; of `looked` the right has said that they are gone."""
    made = [
        Link(*(Half(next(iter(some([number], side))), url(number), {Field.TITLE: ""}) for side in Side))
        for number in range(links)
    ]
    views = {
        side: View([Entry(ref, Bookmark(of, title=title)) for ref, of in some(shown, side).items()])
        for side, shown in ((LEFT, left), (RIGHT, right))
    }
    gone = dict.fromkeys(some(looked, RIGHT))
    return Sides(views[LEFT], attrs.evolve(views[RIGHT], looked=gone), made)


ALL = range(20)


def removed(made: Mirroring, found: Sides) -> set[str]:
    """Return the urls that the plan removes."""
    return {step.url for step in made.plan(found).steps if isinstance(step.operation, Remove)}


def test_five_removals_pass_and_six_are_refused() -> None:
    """What would be removed from the left is what the right shows no more."""
    few, many = sides(ALL, range(5, 20)), sides(ALL, range(6, 20))
    guarded = planner().guarded(many)

    assert planner().guarded(few) is None
    assert guarded is not None
    assert ("6 of 20 bookmarks would be removed from here", 6) == (guarded.message.partition(":")[0], guarded.total)


def test_what_a_listing_lacks_is_removed_only_once_it_was_looked_up() -> None:
    """The account is asked for exactly those, and for the entries that would go."""
    found, known = sides(ALL, range(3, 20)), sides(ALL, range(3, 20), looked=range(2))
    asked = planner().doubts(found)

    assert {side: {url(0), url(1), url(2)} for side in Side} == {
        side: {entry.bookmark.url for entry in entries} for side, entries in asked.items()
    }
    assert (set(), {url(0), url(1)}) == (removed(planner(), found), removed(planner(), known))


@pytest.mark.parametrize(
    "made",
    [
        planner(attrs.evolve(PROPAGATES, deletes="keep")),
        planner(again=False),
        planner(attrs.evolve(PROPAGATES, direction="left-to-right")),
        planner(can=attrs.evolve(CAPABLE, absence=Absence.NOTHING)),
        planner(can=attrs.evolve(CAPABLE, removes=False)),
    ],
    ids=["not wanted", "first run or other rules", "nothing is written there", "absence says nothing", "cannot remove"],
)
def test_nothing_is_removed_where_it_must_not_be(made: Mirroring) -> None:
    """However sure it is that it is gone on the other side."""
    found = sides(ALL, range(3, 20), looked=range(3))

    assert set() == removed(made, found)
    assert 20 == len({*made.plan(found).skipped}) + made.plan(found).unchanged


@pytest.mark.parametrize("side", Side)
def test_an_empty_side_is_refused_even_where_nothing_is_removed(side: Side) -> None:
    """What it lacks would be taken for removed for ever."""
    found = sides(ALL if side is RIGHT else (), ALL if side is LEFT else ())
    guarded = planner(attrs.evolve(PROPAGATES, deletes="keep")).guarded(found)

    assert guarded is not None
    name, other = ("here", "there") if side is LEFT else ("there", "here")
    assert f"{name} suddenly lacks all 20 that it had in common with {other}" == guarded.message.partition(":")[0]


def test_an_account_that_says_nothing_of_removals_may_list_other_things() -> None:
    """A reader that lists what is starred now has unstarred the rest; nothing comes of that, even if it is all."""
    quiet = planner(can=attrs.evolve(CAPABLE, absence=Absence.NOTHING))

    assert quiet.guarded(sides(ALL, ())) is None
    assert quiet.guarded(sides(ALL, range(1))) is None


def test_a_side_on_which_every_entry_is_another_is_refused() -> None:
    """All titles have changed at once."""
    guarded = planner().guarded(sides(ALL, ALL, title="changed"))

    assert guarded is not None
    both = [
        f"{one} shows all 20 that it has in common with {other} changed"
        for one, other in (("here", "there"), ("there", "here"))
    ]
    assert ", and ".join(both) == guarded.message.partition(":")[0]


@pytest.mark.parametrize(
    "other",
    [
        attrs.evolve(PROPAGATES, deletes="keep"),
        attrs.evolve(PROPAGATES, direction="left-to-right"),
        attrs.evolve(PROPAGATES, select=attrs.evolve(PROPAGATES.select, unread=True)),
        attrs.evolve(PROPAGATES, select=attrs.evolve(PROPAGATES.select, tag=("x",))),
    ],
    ids=["deletes", "direction", "selection", "tag"],
)
def test_another_job_has_other_rules(other: Mirror) -> None:
    """So its first run removes nothing; what a job does to tags and conflicts changes no rule."""
    parties = [Party(name, MemoryAdapter(name)) for name in ("here", "there")]
    rules, others = (mirror.job(options, *parties).rules for options in (PROPAGATES, other))
    alike = mirror.job(attrs.evolve(PROPAGATES, conflict="left", private="always"), *parties)
    moved = mirror.job(PROPAGATES, parties[0], Party("there", MemoryAdapter("somewhere else")))

    assert rules == alike.rules
    assert 3 == len({rules, others, moved.rules})
