"""What a mirror will not believe: a side that lacks too much, or in which everything is another."""

from __future__ import annotations

import pytest

from bridge.model.bookmark import Bookmark
from bridge.model.link import Side
from bridge.planning.guards import Guarded
from tests.bridge.planning.both import FULL, LEFT, RIGHT, A, Both, able, both
from tests.mirrored.kinds import KINDS

FEW = 5


def many(number: int, **options: object) -> Both:
    """Return a pair with so many bookmarks on both sides, under the refs 0, 1, ..."""
    scene = both(**options)
    for index in range(number):
        for side in Side:
            scene.put(side, Bookmark(f"{A}{index}", title="t"), str(index))
    scene.run()
    return scene


def guarded(scene: Both) -> Guarded | None:
    """Return what the planner says to what both sides show."""
    return scene.planner.guarded(scene.sides())


def test_a_pair_that_has_all_passes() -> None:
    """Nothing is said."""
    assert guarded(many(10)) is None


@pytest.mark.parametrize("side", Side)
def test_a_side_that_is_suddenly_empty_is_refused(side: Side) -> None:
    """By its name, with the first urls; whether removals travel or not."""
    scene = many(2, removes=False)
    scene.held[side].clear()
    found = guarded(scene)

    assert found is not None
    lacks = f"{side.value} suddenly lacks all 2 that it had in common with {side.other.value}"
    assert f"{lacks}: {A}0, {A}1." == found.message
    assert frozenset({f"lacks {side.value} 0", f"lacks {side.value} 1"}) == found.tokens


def test_a_side_that_was_never_seen_to_hold_anything_passes() -> None:
    """Our own Adds were lost: that is no empty account."""
    scene = both(deaf=True)
    scene.put(LEFT, Bookmark(A))
    scene.run()
    scene.held[RIGHT].clear()

    assert guarded(scene) is None


@pytest.mark.parametrize(
    ("links", "gone", "refused"), [(20, FEW, False), (20, 6, True), (50, 10, False), (50, 11, True)]
)
def test_too_many_removals_are_refused(links: int, gone: int, refused: bool) -> None:
    """More than five, and more than a fifth of the links."""
    scene = many(links)
    for ref in list(scene.held[RIGHT])[:gone]:
        scene.drop(RIGHT, ref)

    assert refused is (guarded(scene) is not None)


def test_the_refusal_names_the_side_that_would_lose_them() -> None:
    """The first ten of them, and how many of how many."""
    scene = many(20)
    for ref in list(scene.held[RIGHT])[:12]:
        scene.drop(RIGHT, ref)
    found = guarded(scene)

    assert found is not None
    assert found.message.startswith("12 of 20 bookmarks would be removed from left: ")
    assert found.message.endswith(" and 2 more.")
    assert (10, 12, "removes left 0") == (len(found.items), found.total, min(found.tokens))


def test_removals_that_are_fewer_hold_what_was_approved_of() -> None:
    """What a person approved of lets a part of it through, too."""
    scene = many(20)
    for ref in list(scene.held[RIGHT])[:12]:
        scene.drop(RIGHT, ref)
    before = guarded(scene)
    scene.put(RIGHT, Bookmark(f"{A}0"), "0")
    after = guarded(scene)

    assert before is not None
    assert after is not None
    assert after.tokens < before.tokens


@pytest.mark.parametrize(
    "options",
    [
        {"removes": False},
        {"right": able(FULL, absence=KINDS["file"].can.absence)},
        {"written": (RIGHT,)},
    ],
    ids=["removals stay", "absence means nothing", "the other side is not written"],
)
def test_what_would_not_be_removed_needs_no_guard(options: dict[str, object]) -> None:
    """Half of it is missing, and nothing goes."""
    scene = many(20, **options)
    for ref in list(scene.held[RIGHT])[:12]:
        scene.drop(RIGHT, ref)

    assert guarded(scene) is None
    assert () == scene.plan().steps


def test_what_has_moved_to_another_ref_is_not_missing() -> None:
    """All were saved anew on one side: nothing would be removed."""
    scene = many(20)
    for ref in list(scene.held[RIGHT])[:12]:
        bookmark = scene.now(RIGHT, ref)
        scene.drop(RIGHT, ref).put(RIGHT, bookmark)

    assert guarded(scene) is None


@pytest.mark.parametrize(("links", "changed", "refused"), [(6, 6, True), (6, 5, False), (FEW, FEW, False)])
def test_a_side_on_which_everything_changed_is_refused(links: int, changed: int, refused: bool) -> None:
    """Every one of more than five: that is another account, or a service that reads otherwise."""
    scene = many(links)
    for ref in list(scene.held[RIGHT])[:changed]:
        scene.change(RIGHT, ref, title="new")
    found = guarded(scene)

    assert refused is (found is not None)
    assert found is None or found.message.startswith("right shows all 6 that it has in common with left changed: ")


def test_changes_that_a_listing_does_not_show_do_not_count() -> None:
    """An increment shows what changed, and says nothing of the rest."""
    scene = many(6)
    for ref in list(scene.held[RIGHT]):
        scene.change(RIGHT, ref, title="new")
    sides = scene.sides(right={"listed": frozenset({"1", "2"})})

    assert scene.planner.guarded(sides) is None


def test_both_sides_are_told_of_in_one_refusal() -> None:
    """A person approves of both or of none."""
    scene = many(2)
    for side in Side:
        scene.held[side].clear()
    found = guarded(scene)

    assert found is not None
    assert (2, 4) == (found.total, len(found.tokens))
    assert "left suddenly lacks all" in found.message
    assert "right suddenly lacks all" in found.message


def test_tombstones_are_not_counted() -> None:
    """What was gone before is no news."""
    scene = many(2)
    scene.held[LEFT].clear()
    scene.held[RIGHT].clear()
    scene.run()

    assert guarded(scene) is None
