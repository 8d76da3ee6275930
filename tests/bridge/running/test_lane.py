"""One direction of a mirror: which side it writes, what it keeps before, and what it does not publish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pytest

from bridge.jobs import mirror
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.errors import InputError, StateError
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Receipt
from bridge.planning.sides import Sides, View
from bridge.running.job import Past
from bridge.running.lane import Lane
from bridge.running.world import Party, World
from bridge.state.journal import Journal
from bridge.state.store import Pair
from tests.mirrored.driver import options
from tests.support.bench import PID, Heard, QuickStore
from tests.support.clock import FakeClock
from tests.support.memory_adapter import CAPABLE, MemoryAdapter

A = Entry("a", Bookmark("https://a.example/", private=False))
LEFT, RIGHT = Side


def step(side: Side) -> Step:
    """Return a step that adds an entry of the other side."""
    bookmark = A.bookmark
    return Step(side, Add(bookmark), Link(Half("a", bookmark.url), Half(bookmark.url, bookmark.url)), "a")


PLAN = Plan(tuple(step(side) for side in Side))


@attrs.define
class Bench:
    """Both lanes of a mirror, with what they keep and say."""

    folder: Path
    parties: dict[Side, MemoryAdapter] = attrs.field(
        factory=lambda: {side: MemoryAdapter(side.value, attrs.evolve(CAPABLE, publishes=True)) for side in Side}
    )
    heard: Heard = attrs.field(factory=Heard)
    kept: list[str] = attrs.field(factory=list)
    full: bool = False
    store: QuickStore = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.store = QuickStore(self.folder)

    @property
    def pair(self) -> Pair:
        """The accounts by their numbers."""
        return Pair(*(self.store.account(side.value) for side in Side))

    def lane(self, side: Side) -> Lane:
        """Return the lane that writes a side."""
        left, right = (Party(side.value, adapter) for side, adapter in self.parties.items())
        job = mirror.job(options("newest", "keep"), left, right)
        way = job.make_planner(Past({side: {} for side in Side}, again=True)).ways[side]
        return Lane(job, side, self.pair, way, self.world)

    @property
    def world(self) -> World:
        """The surroundings of a run."""
        return World(
            store=self.store,
            journal=Journal(self.store),
            progress=self.heard,
            clock=FakeClock(),
            pid=PID,
            stopping=lambda: False,
            agree=lambda _receipt, _gap: True,
            keep=self._keep,
        )

    def _keep(self, path: Path, entries: Sequence[Entry]) -> None:
        if self.full:
            raise InputError("no space left on device", "Free some.")
        self.kept.append(path.name)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Open the state of a pair that was never mirrored."""
    made = Bench(tmp_path)
    yield made
    made.store.close()


@pytest.mark.parametrize("side", Side)
def test_a_lane_has_the_steps_that_write_its_side(bench: Bench, side: Side) -> None:
    """And the number of the account that it writes."""
    lane = bench.lane(side)

    assert [step(side)] == lane.steps(PLAN)
    assert (bench.pair.left if side is LEFT else bench.pair.right) == lane.account


@pytest.mark.parametrize(("side", "name"), [(RIGHT, "before-7.jsonl"), (LEFT, "before-7-left.jsonl")])
def test_what_an_account_holds_is_kept_before_its_first_write(bench: Bench, side: Side, name: str) -> None:
    """Each side in a file of its own, which is said; an empty account needs none."""
    bench.lane(side).keep(7, ())
    assert [] == bench.kept
    bench.lane(side).keep(7, (A,))

    assert [name] == bench.kept
    assert bench.heard.said[0].startswith(f"What {side.value} holds now is kept in ")


def test_what_an_account_holds_is_kept_but_once(bench: Bench) -> None:
    """A mirror runs again and again; the other side has not been written yet."""
    journal = Journal(bench.store)
    run = journal.begin(Receipt("mirror", "left", "right"), bench.pair, plan="", rules="", options="", pid=PID, now=0.0)
    journal.write(run, [bench.pair.right], [step(RIGHT)])
    for side in Side:
        bench.lane(side).keep(8, (A,))

    assert ["before-8-left.jsonl"] == bench.kept


def test_nothing_is_written_where_it_cannot_be_kept(bench: Bench) -> None:
    """The account is named."""
    bench.full = True
    with pytest.raises(StateError, match="What left holds now cannot be kept, so nothing was written to it"):
        bench.lane(LEFT).keep(7, (A,))


@pytest.mark.parametrize("side", Side)
def test_what_its_owner_has_hidden_since_is_not_published(bench: Bench, side: Side) -> None:
    """Counter-example 38: the source is asked, whatever its listing says."""
    views = {each: View((A,)) for each in Side}
    bench.parties[side.other].put(A)
    assert ([step(side)], []) == bench.lane(side).confirmed(PLAN, Sides(views[LEFT], views[RIGHT]))

    bench.parties[side.other].put(attrs.evolve(A, bookmark=attrs.evolve(A.bookmark, private=True)))
    steps, moved = bench.lane(side).confirmed(PLAN, Sides(views[LEFT], views[RIGHT]))

    assert ([], [A.bookmark.url]) == (steps, [listed.url for listed in moved])


def test_what_a_look_up_has_told_is_known_before_anything_is_published(bench: Bench) -> None:
    """It was gone when the plan was made."""
    view = View((A,), looked={"a": None})

    assert [] == bench.lane(RIGHT).confirmed(PLAN, Sides(view, View(())))[0]
    assert [] == bench.parties[LEFT].looked_up


@pytest.mark.parametrize("side", Side)
def test_an_estimate_is_of_the_side_that_is_written(bench: Bench, side: Side) -> None:
    """Each lane for itself."""
    adapter = bench.parties[side]
    adapter.capabilities = attrs.evolve(adapter.capabilities, cost=attrs.evolve(CAPABLE.cost, gap=3.0, add=2.0))

    assert 2 == bench.lane(side).estimate(PLAN).calls
    assert 0 == bench.lane(side.other).estimate(PLAN).calls
