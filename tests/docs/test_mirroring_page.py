"""What docs/mirroring.md says by way of example."""

from __future__ import annotations

import random
from pathlib import Path

from bridge.model.bookmark import Bookmark
from bridge.model.link import Side
from bridge.model.receipt import Conflict
from tests.mirrored.driver import options
from tests.mirrored.kinds import KINDS
from tests.mirrored.world import World

PAGE = "https://a.example/1"


def contested(folder: Path, kind: str) -> World:
    """Return two linked entries whose title was changed at the left, and then at the right."""
    world = World(folder, (KINDS[kind],) * 2, options("newest", "keep"), random.Random(1))
    world.put(Side.LEFT, Bookmark(PAGE, title="First", private=True))
    world.settle()
    world.change(Side.LEFT, PAGE, title="Older")
    world.change(Side.RIGHT, PAGE, title="Later")
    return world


def decided(world: World) -> tuple[tuple[Conflict, ...], set[str]]:
    """Run the mirror; return the conflicts, and the titles of both sides."""
    ended = world.run()
    assert ended is not None
    titles = {entry.bookmark.title for account in world.sides.values() for entry in account.entries.values()}
    return ended.receipt.conflicts, titles


def test_the_entry_that_changed_later_wins(tmp_path: Path) -> None:
    """Where both sides say when that was."""
    assert ((Conflict(PAGE, "title", "right"),), {"Later"}) == decided(contested(tmp_path, "full"))


def test_the_date_is_the_entrys_and_not_the_fields(tmp_path: Path) -> None:
    """Whatever else changed at the left since, its older title wins with it."""
    world = contested(tmp_path, "full")
    world.change(Side.LEFT, PAGE, unread=True)

    assert ((Conflict(PAGE, "title", "left"),), {"Older"}) == decided(world)


def test_the_left_wins_where_a_side_does_not_say_when(tmp_path: Path) -> None:
    """As Pinboard does not."""
    assert ((Conflict(PAGE, "title", "left"),), {"Older"}) == decided(contested(tmp_path, "pins"))
