"""A mirror that is killed at any of its steps, and then run again, ends as an undisturbed one, on both sides."""

from __future__ import annotations

import copy
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from bridge.model.bookmark import Bookmark, Field
from bridge.model.link import Side
from bridge.model.operation import Unknown, Values
from bridge.running import pull
from bridge.settings.jobs import Mirror
from tests.mirrored.conftest import in_turn
from tests.mirrored.kinds import KINDS, Kind
from tests.mirrored.world import World
from tests.support.bench import in_sight, left_behind
from tests.support.memory_adapter import After

LEFT, RIGHT = Side.LEFT, Side.RIGHT
TIMED_OUT = Unknown("Timed out.")
DAY = datetime(2019, 1, 1, tzinfo=UTC)
EARLIER = DAY.replace(year=2010)
A, B, C, D, E, F = (
    Bookmark(f"https://{name}.example/", title=name, tags=("ml a", name), added=DAY) for name in "abcdef"
)
R = attrs.evolve(A, url="https://b.example/r")
"""A page that some services store under another url."""

UPSERTING = attrs.evolve(KINDS["pocket"], name="upserting", rewrites=True)
"""Takes `/r` for `/r?x`, and changes what an Add meets."""


def first_contact_on_both_sides(world: World) -> None:
    """Have pages on both sides, each side knowing something more, and one page more on each."""
    for side, tag, note in ((LEFT, "left", "a note"), (RIGHT, "right", "")):
        world.put(side, attrs.evolve(A, tags=(tag, "ml-a"), note=note))
        world.put(side, attrs.evolve(B, title=note[:1], tags=(tag,), private=side is LEFT))
        world.put(side, attrs.evolve(C, tags=("same",)))
    world.put(LEFT, D)
    world.put(RIGHT, E)


def adds_both_ways(world: World) -> None:
    """Have pages on one side only, some under an url or with tags that the other side does not hold as they are."""
    for side, items in ((LEFT, (A, R, attrs.evolve(B, title="longer than the other takes"))), (RIGHT, (C, D))):
        for item in items:
            world.put(side, item)


def edits_on_both_sides(world: World) -> None:
    """Change one bookmark on both sides, in other fields, another on one, and a third alike."""
    _agreed(world, A, B, C, D)
    world.change(LEFT, A.url, tags=("a", "left"), unread=False)
    world.change(RIGHT, A.url, tags=("ml-a", "a", "right"))
    world.change(LEFT, B.url, tags=("b",))
    world.change(RIGHT, C.url, unread=False)
    for side in Side:
        world.change(side, D.url, unread=False)


def tags_renamed(world: World) -> None:
    """Rename a tag everywhere on the left, and another everywhere on the right."""
    _agreed(world, A, B)
    for name, item in (("a", A), ("b", B)):
        world.change(LEFT, item.url, tags=("deep learning", name))
        world.change(RIGHT, item.url, tags=("ml-a", f"{name}{name}"))


def removals_both_ways(world: World) -> None:
    """Remove pages on either side, one on both, and edit the other side of one that was removed."""
    _agreed(world, A, B, C, D, E, F)
    world.drop(LEFT, A.url)
    world.drop(RIGHT, B.url)
    for side in Side:
        world.drop(side, C.url)
    world.drop(RIGHT, D.url)
    world.change(LEFT, D.url, tags=("edited",))
    world.drop(LEFT, E.url)
    world.change(RIGHT, E.url, unread=False)


def conflicts(world: World) -> None:
    """Change one field of a bookmark on both sides, once the left later and once the right, and its tags beside it."""
    _agreed(world, A, B)
    for item, order in ((A, (LEFT, RIGHT)), (B, (RIGHT, LEFT))):
        for side in order:
            world.change(side, item.url, title=f"{side.value}", tags=(*item.tags, side.value))


def saved_anew(world: World) -> None:
    """Remove pages and save them again, with other tags, on either side; change one of them on the other, too."""
    _agreed(world, A, B, C)
    for side, item in ((LEFT, A), (RIGHT, B), (RIGHT, C)):
        world.drop(side, item.url)
        world.put(side, attrs.evolve(item, tags=("anew",), added=DAY.replace(year=2021)))
    world.change(LEFT, C.url, tags=("c", "edited"))


def lost_answers(world: World) -> None:
    """Lose the answers to writes of every kind on both sides, carried out or not."""
    _agreed(world, A, B, C, D)
    for side, edited, gone, new in ((LEFT, A, B, E), (RIGHT, C, D, F)):
        world.change(side, edited.url, tags=("edited",))
        world.drop(side, gone.url)
        world.put(side, new)
        for number, item in enumerate((edited, gone, new)):
            answer = TIMED_OUT if number % 2 == (side is LEFT) else After(TIMED_OUT)
            world.sides[side.other].on_push(item.url, answer)


def an_add_that_changes_an_entry(world: World) -> None:
    """Have a page at the right under another url, as read, and with a tag of its own; another is linked already."""
    _agreed(world, attrs.evolve(A, url="https://a.example/r"))
    world.put(RIGHT, attrs.evolve(R, url=f"{R.url}?x", title="old", tags=("old",), added=EARLIER, unread=False))
    world.put(LEFT, attrs.evolve(R, tags=("new",)))
    world.put(LEFT, B)


def _agreed(world: World, *items: Bookmark) -> None:
    """Have bookmarks on both sides that are linked."""
    for item in items:
        world.put(LEFT, item)
    for _ in range(2):
        world.run()


FULL, PINS, POCKET, QUIRKY, INCREMENTS = (KINDS[name] for name in ("full", "pins", "pocket", "quirky", "increments"))
STORIES: list[tuple[Callable[[World], None], Kind, Kind, str]] = [
    (first_contact_on_both_sides, POCKET, PINS, "newest"),
    (first_contact_on_both_sides, FULL, QUIRKY, "newest"),
    (adds_both_ways, POCKET, PINS, "newest"),
    (adds_both_ways, QUIRKY, INCREMENTS, "newest"),
    (edits_on_both_sides, POCKET, PINS, "newest"),
    (tags_renamed, INCREMENTS, PINS, "newest"),
    (removals_both_ways, INCREMENTS, PINS, "newest"),
    (removals_both_ways, POCKET, FULL, "newest"),
    (conflicts, FULL, INCREMENTS, "newest"),
    (conflicts, FULL, PINS, "right"),
    (conflicts, QUIRKY, PINS, "report"),
    (saved_anew, FULL, PINS, "newest"),
    (saved_anew, POCKET, INCREMENTS, "left"),
    (lost_answers, POCKET, PINS, "newest"),
    (lost_answers, INCREMENTS, QUIRKY, "newest"),
    (an_add_that_changes_an_entry, FULL, UPSERTING, "newest"),
]


class Prepared:
    """A story, told once and copied for each death."""

    def __init__(self, folder: Path, story: Callable[[World], None], kinds: tuple[Kind, Kind], conflict: str) -> None:
        self._folder = folder
        options = Mirror(left="left", right="right", deletes="propagate", conflict=conflict)
        self._ready = World(folder / "ready", kinds, options, random.Random(1))
        self._ready.folder.mkdir()
        story(self._ready)
        for account in self._ready.sides.values():
            account.added.clear()
            account.before_each = _nothing  # what listens to a process that is over cannot be copied
        self._copies = 0

    def copy(self) -> World:
        """Return the story afresh."""
        self._copies += 1
        world = copy.deepcopy(self._ready)
        world.folder = shutil.copytree(self._ready.folder, self._folder / str(self._copies))
        return world


def _nothing() -> None:
    pass


def at_rest(world: World, runs: int, proven: list[object]) -> object:
    """Run a few times, the last time without a write, and return what no death may change.

    The last run is left out where what it would find has been `proven` to be at rest before.
    """
    for _ in range(runs - 1):
        assert world.run() is not None
    found = in_sight(world.folder, *world.sides.values())
    if found not in proven:
        last = world.run()
        assert last is not None
        assert (True, False) == (last.receipt.balanced, bool(last.plan.steps))
        proven.append(found)
    links = {
        link.left.url: ([(half.url, _unordered(half.base), half.gone) for half in (link.left, link.right)], link.pairs)
        for link in world.links()
    }
    accounts = [
        (
            {url: _unordered({field: item.get(field) for field in Field}) for url, item in account.held().items()},
            dict(account.added),
        )
        for account in world.sides.values()
    ]
    return accounts, links


def _unordered(values: Values) -> Values:
    """Return values with their tags in one order."""
    return {field: sorted(value) if field is Field.TAGS else value for field, value in values.items()}


@pytest.fixture(autouse=True)
def one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask without threads, so that a step is the same one each time."""
    monkeypatch.setattr(pull, "together", in_turn)


@pytest.mark.parametrize(
    ("story", "left", "right", "conflict"),
    STORIES,
    ids=[f"{story.__name__}-{left.name}-{right.name}-{conflict}" for story, left, right, conflict in STORIES],
)
def test_killed_at_any_step_it_goes_on(
    tmp_path: Path, story: Callable[[World], None], left: Kind, right: Kind, conflict: str
) -> None:
    """Whichever commit or call is the last one of the first process, the second ends where one would have."""
    prepared = Prepared(tmp_path, story, (left, right), conflict)
    calm = prepared.copy()
    runs = 3 if right.upserts else 2  # what an Add ran into is news for the other side
    proven: list[object] = []
    expected = at_rest(calm, runs, proven)

    death = 1
    before: object = None
    while (world := prepared.copy()).run(death) is None:
        left = left_behind(world.folder, *world.sides.values())
        if left != before:
            assert expected == at_rest(world, runs, proven), f"killed at step {death}"
            assert all(world.sides[side].met <= calm.sides[side].met for side in Side), (
                f"sent blindly, killed at {death}"
            )
        before = left
        death += 1
    assert death > 15
