"""A mirror that found nothing to do, and finds that nothing has changed since: it knows what it will say."""

from __future__ import annotations

import random
from pathlib import Path

import attrs
import pytest

from bridge.model.bookmark import Bookmark
from bridge.model.link import Side
from bridge.running.job import Ended
from tests.mirrored.driver import options
from tests.mirrored.kinds import KINDS
from tests.mirrored.world import World
from tests.support.bench import QuickStore

A, B = (Bookmark(f"https://{name}.example/", title=name, private=True) for name in "ab")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Open two accounts that list what changed; each holds one bookmark."""
    made = World(tmp_path, (KINDS["increments"],) * 2, options("newest", "keep"), random.Random(1))
    made.put(Side.LEFT, A)
    made.put(Side.RIGHT, B)
    return made


def runs(world: World, number: int) -> list[Ended]:
    """Run the mirror several times."""
    ended = [made for _ in range(number) if (made := world.run()) is not None]
    assert number == len(ended)
    return ended


def test_a_mirror_that_rests_gives_the_last_receipt_and_enters_no_run(world: World) -> None:
    """The first run writes, the second sees that, the others have nothing to look at."""
    ended = runs(world, 6)

    assert [1, 2, None, None, None, None] == [item.receipt.run for item in ended]
    assert [(2, 0), (0, 2)] == [(item.receipt.added, item.receipt.unchanged) for item in ended[:2]]
    assert attrs.evolve(ended[1].receipt, run=None, calls={}, verified=None) == attrs.evolve(ended[5].receipt, calls={})
    assert all(item.receipt.balanced and item.exit_code == 0 for item in ended)


def test_a_change_on_either_side_ends_the_rest(world: World) -> None:
    """It is carried as ever."""
    runs(world, 5)
    for side in Side:
        world.change(side, A.url, note=f"from {side.value}")

        assert 1 == runs(world, 1)[0].receipt.merged
        assert runs(world, 3)[-1].receipt.run is None


def test_other_rules_end_the_rest(world: World) -> None:
    """A job that is set otherwise looks at everything again."""
    runs(world, 5)
    world.options = attrs.evolve(world.options, conflict="left")

    assert runs(world, 1)[0].receipt.run is not None


def test_runs_that_rested_count_as_runs(world: World) -> None:
    """A field that changes every few runs does not change back and forth."""
    runs(world, 5)
    store = QuickStore(world.folder)
    try:
        pair = world.pair(store)
        assert 3 == store.rounds_rested(pair)
    finally:
        store.close()
