"""What a look at the target tells about something that was written."""

from __future__ import annotations

import attrs
import pytest

from bridge.model.bookmark import Bookmark, Entry, Field, Highlight
from bridge.model.link import Link, Side
from bridge.model.operation import Delta, Remove, Update
from bridge.model.plan import Step
from bridge.planning.planner import plan
from bridge.planning.settle import intent, read_back, settle
from tests.bridge.planning.account import Scene, sides
from tests.bridge.planning.pairs import DAY, FULL, LATER, PINBOARD, A, changed, delta, scene, sourced

RICH = Bookmark(A, title="t", note="n", tags=("a b", "c"), added=DAY, unread=False, favorite=True,
                highlights=(Highlight("q"),))  # fmt: skip


def adding(bookmark: Bookmark = RICH, **options: object) -> tuple[Scene, Step]:
    """Return a scene and the Add of its only bookmark."""
    found = scene(bookmark, **options)  # type: ignore[arg-type]
    (step,) = found.plan().steps
    return found, step


def updating() -> tuple[Scene, Step]:
    """Return a scene and an Update of two fields and the tags of its only bookmark."""
    found = scene(RICH)
    found.run()
    (step,) = sourced(found, attrs.evolve(RICH, title="new", note="new", tags=("c", "d"))).plan().steps
    return found, step


def settled(found: Scene, step: Step, entry: Entry | None) -> Link | None:
    """Return the link of a step that was never answered, after a look at the target."""
    return settle(step, entry, found.mapper)


def test_an_add_that_is_there_whole_is_done() -> None:
    """Its link is the one that was drafted, with what the target shows as base."""
    found, step = adding()
    link = settled(found, step, found.account.carry_out(step))
    assert link is not None
    made = plan(sides(found.source, found.account.listing(), (link,)), found.policy)

    assert ("r1", True, frozenset()) == (link.right.ref, link.right.seen, link.owed)
    assert ((), 1) == (made.steps, made.unchanged)


def test_an_add_that_is_there_in_part_is_brought_to_its_intent() -> None:
    """Dated as it was sent it is ours: the next plan writes what it lacks, and not as a first contact."""
    found, step = adding()
    found.account.carry_out(step)
    changed(found, title="", tags=("c",), unread=True, favorite=False)
    link = settled(found, step, found.account.shown("r1"))
    assert link is not None
    made = plan(sides(found.source, found.account.listing(), (link,)), found.policy)
    found.book.carry_out(made, found.account, found.mapper)

    assert {(Side.RIGHT, field) for field in (Field.TITLE, Field.TAGS, Field.UNREAD, Field.FAVORITE)} == link.owed
    assert (("a b",), {Field.TITLE: "t", Field.UNREAD: False, Field.FAVORITE: True}) == (
        delta(made).add_tags,
        delta(made).values,
    )
    assert attrs.evolve(RICH, tags=("c", "a b")) == found.account.held["r1"]
    assert frozenset() == found.book.links["s1"].owed


def test_what_a_person_made_of_an_add_since_stays() -> None:
    """Another title, a read mark and a star that were not sent are theirs: nothing is owed, and nothing is written."""
    found, step = adding(attrs.evolve(RICH, unread=True, favorite=False))
    found.account.carry_out(step)
    changed(found, title="theirs", unread=False, favorite=True, tags=("a b", "c", "theirs"))
    link = settled(found, step, found.account.shown("r1"))
    assert link is not None
    made = plan(sides(found.source, found.account.listing(), (link,)), found.policy)

    assert (frozenset(), ()) == (link.owed, made.steps)
    assert ("t", True) == (link.right.base[Field.TITLE], link.right.base[Field.UNREAD])


def test_an_add_that_lacks_scalars_alone_keeps_its_tags() -> None:
    """Only what is wrong is owed."""
    found, step = adding()
    found.account.carry_out(step)
    link = settled(found, step, changed(found, note="").account.shown("r1"))

    assert link is not None
    assert (step.link.pairs, {(Side.RIGHT, Field.NOTE)}) == (link.pairs, link.owed)


def test_an_add_that_came_out_private_stays_private() -> None:
    """What was sent as public is not made public afterwards."""
    found, step = adding(attrs.evolve(RICH, private=False))
    found.account.carry_out(step)
    link = settled(found, step, changed(found, private=True).account.shown("r1"))
    assert link is not None

    assert () == plan(sides(found.source, found.account.listing(), (link,)), found.policy).steps


def test_an_add_that_is_there_with_another_date_is_somebody_elses() -> None:
    """It is dropped, and the next plan makes a first contact."""
    found, step = adding()
    found.account.put(attrs.evolve(RICH, added=LATER))

    assert settled(found, step, found.account.shown("r1")) is None


def test_an_add_without_a_date_is_ours_whatever_date_it_has() -> None:
    """A missing date is not said, so the service's own is its base."""
    found, step = adding(attrs.evolve(RICH, added=None))
    found.account.put(attrs.evolve(RICH, added=LATER))
    link = settled(found, step, found.account.shown("r1"))

    assert link is not None
    assert LATER == link.right.base[Field.ADDED]


def test_an_add_that_is_not_there_had_no_effect() -> None:
    """It is planned again."""
    assert settled(*adding(), None) is None


def test_an_update_that_shows_all_it_meant_is_done() -> None:
    """The base of both sides advances."""
    found, step = updating()
    link = settled(found, step, found.account.carry_out(step))

    assert link is not None
    assert ("new", "new") == (link.left.base[Field.TITLE], link.right.base[Field.TITLE])


@pytest.mark.parametrize("short", [{"note": "n"}, {"tags": ("c",)}, {"title": "t", "note": "n", "tags": ("a b", "c")}])
def test_an_update_that_does_not_show_all_is_planned_again(short: dict[str, object]) -> None:
    """From its old base, so that what did arrive is agreed and the rest is written."""
    found, step = updating()
    found.account.carry_out(step)
    changed(found, **short)

    assert settled(found, step, found.account.shown("r1")) is None
    assert () == found.plan().conflicts
    assert delta(found.plan())


def test_an_update_of_an_entry_that_is_gone_had_no_effect() -> None:
    """What that means the next plan decides."""
    assert settled(*updating(), None) is None


def test_a_removal_is_done_if_the_entry_is_gone() -> None:
    """And only then."""
    found, step = adding()
    entry = found.account.carry_out(step)
    removal = Step(Side.RIGHT, Remove(entry), step.link, "s1")

    assert step.link == settled(found, removal, None)
    assert settled(found, removal, entry) is None


def test_an_operation_means_only_what_it_writes_and_the_target_shows() -> None:
    """Lifted: a fold tag is a favorite. A Remove means nothing that could be read back."""
    found = scene(Bookmark(A, tags=("a",)), target=PINBOARD)
    entry = Entry("r1", Bookmark(A, tags=("a",)))
    update = Update(entry, Delta({Field.UNREAD: False, Field.TITLE: ""}, add_tags=("Favorite", "a")))
    blind = scene(target=PINBOARD.without(frozenset({Field.UNREAD}))).mapper

    assert {Field.UNREAD: False, Field.FAVORITE: True} == intent(update, found.mapper)
    assert {Field.FAVORITE: True} == intent(update, blind)
    assert {} == intent(Remove(entry), found.mapper)


def test_what_is_read_back_becomes_the_base_and_a_difference_is_named() -> None:
    """A field that was not written keeps its base, unless it never had one."""
    found, step = updating()
    entry = Entry("r9", attrs.evolve(RICH, url="https://a.example/x", title="cut", note="new", unread=True))
    kept = {field: value for field, value in step.link.right.base.items() if field is not Field.ADDED}
    link = attrs.evolve(step.link, right=attrs.evolve(step.link.right, base=kept))
    back = read_back(link, entry, {Field.TITLE: "new", Field.NOTE: "new"}, found.mapper)
    base = back.link.right.base

    assert (Field.TITLE,) == back.wrong
    assert ("cut", "new", DAY) == (base[Field.TITLE], base[Field.NOTE], base[Field.ADDED])
    assert (False, ("c", "d")) == (base[Field.UNREAD], base[Field.TAGS])
    assert ("r9", "https://a.example/x", True) == (back.link.right.ref, back.link.right.url, back.link.right.seen)


def test_another_case_is_not_wrong_where_case_is_none() -> None:
    """Pinboard answers with the case in which it knew the tag before; elsewhere that is another tag."""
    for target, wrong in ((PINBOARD, ()), (FULL, (Field.TAGS,))):
        found, step = adding(Bookmark(A, tags=("Ruby",)), target=target)
        back = read_back(step.link, Entry(A, Bookmark(A, tags=("ruby",))), {Field.TAGS: ("Ruby",)}, found.mapper)

        assert wrong == back.wrong
        assert {("Ruby", "ruby")} == back.link.pairs


def test_pairs_take_the_spelling_that_is_really_there() -> None:
    """A tag that is not there in any spelling keeps the one that was sent; so do all if no tag was written."""
    found, step = adding(Bookmark(A, tags=("a b", "lost")))
    shown = Entry("r1", Bookmark(A, tags=("A_B", "other")))
    back = read_back(step.link, shown, {Field.TAGS: ("a b", "lost")}, found.mapper)

    assert {("a b", "A_B"), ("lost", "lost")} == back.link.pairs
    assert step.link.pairs == read_back(step.link, shown, {Field.TITLE: ""}, found.mapper).link.pairs
