"""A pair of accounts is migrated one way and then the other: what each had beyond the other arrives, and stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import attrs

from bridge.model.bookmark import Bookmark
from tests.support.bench import Bench
from tests.support.memory_adapter import MemoryAdapter

DAY = datetime(2020, 1, 1, tzinfo=UTC)
HERE = Bookmark("https://a.example/", title="a", tags=("here",), added=DAY, unread=False)
THERE = Bookmark("https://a.example/", note="their note", tags=("there",), added=DAY, favorite=True)


def benches(tmp_path: Path) -> tuple[Bench, Bench]:
    """Return the way there and the way back, over one state."""
    here, there = MemoryAdapter("here", entries=[HERE]), MemoryAdapter("there", entries=[THERE])
    return Bench(tmp_path / "state", here, there), Bench(tmp_path / "state", there, here)


def test_the_way_back_is_a_first_contact_of_its_own(tmp_path: Path) -> None:
    """Tags are united on both sides, empty texts filled; then both ways have nothing to do."""
    there, back = benches(tmp_path)
    first, second = there.run(), back.run()
    [here] = back.target.held().values()

    assert (1, 1) == (first.receipt.merged, second.receipt.merged)
    assert ({"here", "there"}, "their note") == (set(here.tags), here.note)
    assert {"here", "there"} == set(there.target.held()[HERE.url].tags)
    assert ((), ()) == (there.run().plan.steps, back.run().plan.steps)


def test_after_both_ways_changes_travel_as_changes(tmp_path: Path) -> None:
    """A tag that is dropped on one side goes on the other, whichever side that is."""
    there, back = benches(tmp_path)
    there.run()
    back.run()
    [here] = back.target.held().values()
    there.source.put(attrs.evolve(here, tags=("there",)))
    there.run()
    assert ("there",) == there.target.held()[HERE.url].tags

    back.source.put(attrs.evolve(back.source.held()[HERE.url], tags=("new",)))
    back.run()

    assert ("new",) == back.target.held()[HERE.url].tags


def test_a_file_that_came_from_there_has_nothing_to_bring_back(tmp_path: Path) -> None:
    """A backup is restored without a write."""
    account, file = MemoryAdapter("account", entries=[HERE]), MemoryAdapter("file")
    Bench(tmp_path / "state", account, file).run()

    assert () == Bench(tmp_path / "state", file, account).run().plan.steps
