"""A bookmark of a mirror that both sides changed: who wins, and what becomes of a half that could not be written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bridge.model.bookmark import Bookmark, Highlight
from bridge.model.link import Side
from bridge.model.operation import Failed
from bridge.model.receipt import Conflict
from tests.mirrored.driver import options
from tests.mirrored.kinds import KINDS
from tests.mirrored.world import World

A = "https://a.example/"
ONE, TWO, NEW = (Highlight(quote) for quote in ("one", "two", "new"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Open two accounts that hold one bookmark."""
    made = World(tmp_path, (KINDS["full"],) * 2, options("newest", "keep"), random.Random(1))
    made.put(Side.LEFT, Bookmark(A, title="t", tags=("one", "two"), highlights=(ONE, TWO)))
    for _ in range(2):
        made.run()
    return made


@pytest.mark.parametrize("refusing", Side)
def test_what_one_side_took_away_is_taken_away_on_the_other_the_next_time(world: World, refusing: Side) -> None:
    """One side loses a tag and a highlight, the other gets one each, and the first refuses or the second does."""
    world.change(Side.LEFT, A, tags=("one", "two", "new"), highlights=(ONE, TWO, NEW))
    world.change(Side.RIGHT, A, tags=("one",), highlights=(ONE,))
    world.sides[refusing].on_push(A, Failed("Not today."))
    first, second, third = (world.run() for _ in range(3))

    assert first is not None
    assert second is not None
    assert third is not None
    assert (1, 1, ()) == (len(first.receipt.failed), second.receipt.merged, third.plan.steps)
    for account in world.sides.values():
        held = account.held()[A]
        assert ({"one", "new"}, {ONE, NEW}) == (set(held.tags), set(held.highlights))


@pytest.mark.parametrize("later", Side)
def test_the_newest_is_what_was_changed_later(world: World, later: Side) -> None:
    """Both services say when: one title stands on both sides, and the conflict is listed with its winner."""
    for side in (later.other, later):
        world.change(side, A, title=side.value)
    ended = world.run()

    assert ended is not None
    assert (Conflict(A, "title", later.value),) == ended.receipt.conflicts
    assert [later.value] * 2 == [account.held()[A].title for account in world.sides.values()]
