"""A migration between two accounts in memory, with a real state file, that can die at any commit."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from bridge.mapping.mapper import Mapper, Privacy
from bridge.model.adapter import Adapter
from bridge.model.bookmark import Entry
from bridge.model.link import Link, Side
from bridge.model.receipt import Receipt
from bridge.planning.planner import Migration
from bridge.planning.policy import Existing, Policy
from bridge.running.job import Ended, Job, Past
from bridge.running.run import run
from bridge.running.saved import SavedPlan
from bridge.running.world import Party, Work, World
from bridge.state.codec import Codec
from bridge.state.file import FILE, connect
from bridge.state.journal import Journal, RunRecord
from bridge.state.store import Pair, Store
from tests.support.clock import FakeClock
from tests.support.memory_adapter import Killed, MemoryAdapter

CODEC = Codec()

PID = 4711
"""The process that every run claims to be."""


class Heard:
    """A Progress that remembers: what was said, and of each phase what it was, where, and how far it came."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.phases: list[HeardPhase] = []
        self._here = threading.local()

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    @contextmanager
    def phase(self, work: Work, account: str, total: int | None = None) -> Iterator[None]:
        outer = getattr(self._here, "phase", None)
        self._here.phase = HeardPhase(work, account, total)
        self.phases.append(self._here.phase)
        try:
            yield
        finally:
            self._here.phase = outer

    def advance(self, bookmarks: int = 1, *, failed: bool = False) -> None:
        phase = getattr(self._here, "phase", None)
        if phase is None:
            return
        phase.done += bookmarks
        phase.failed += bookmarks if failed else 0
        assert phase.total is None or phase.done <= phase.total, "more was done than there was to do"

    def of(self, *works: Work) -> list[tuple[str, int | None, int, int]]:
        """Return account, total, done and failed of the phases of these kinds."""
        return [(item.account, item.total, item.done, item.failed) for item in self.phases if item.work in works]


@attrs.define
class HeardPhase:
    """A phase as far as it was heard of."""

    work: Work
    account: str
    total: int | None
    done: int = 0
    failed: int = 0


class QuickStore(Store):
    """A Store that does not wait for the disk: no power is cut here, and a codec is shared."""

    def __init__(self, folder: Path) -> None:  # not super().__init__: that is what takes its time
        self.folder = folder
        self.connection = connect(folder, durable=False)
        self.connection.execute("PRAGMA synchronous = OFF")
        self.codec = CODEC


class MortalStore(QuickStore):
    """A Store whose process dies before its n-th step into the world: a commit, or a call of an account.

    So it dies before and after each commit, and before and after each call. The dead do nothing any more.
    """

    def __init__(self, folder: Path, steps: int = 0) -> None:
        super().__init__(folder)
        self.steps = 0
        self._last = steps

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if not self.connection.in_transaction:
            self.step()
        with super().transaction():
            yield

    def step(self) -> None:
        """Go one step further, or die."""
        if self.steps + 1 == self._last:
            raise Killed
        self.steps += 1


def left_behind(folder: Path, *accounts: MemoryAdapter) -> object:
    """Return all that a process leaves behind: what follows from the same is the same, and need be tried but once."""
    connection = sqlite3.connect(folder / FILE)
    state = tuple(connection.iterdump())
    connection.close()
    return state, [account.persistent() for account in accounts]


_SEEN = (
    "SELECT id, identity, cursor, body, reads, listed IS NULL FROM accounts ORDER BY id",
    "SELECT * FROM entries ORDER BY account, ref",
    "SELECT low, high, low_ref, high_ref, body FROM links ORDER BY id",
    "SELECT low, high, low_tag, high_tag FROM tag_memory ORDER BY used",
    "SELECT * FROM twins ORDER BY account, other, ref",
    "SELECT * FROM refusals ORDER BY id",
    "SELECT low, high, rules, state FROM runs WHERE state = 'running' OR id = (SELECT max(id) FROM runs)",
    "SELECT account, body, instead IS NULL FROM journal WHERE state = 'sent' ORDER BY id",
    "SELECT low, high, job, (low_version, high_version) = (SELECT min(version), max(version) FROM accounts) FROM rests",
)
"""All of the state that a further run can see: not when things happened, nor how many runs and links there were."""


def in_sight(folder: Path, *accounts: MemoryAdapter) -> object:
    """Return what the next run finds, as a value that compares: runs that find the same do the same."""
    connection = sqlite3.connect(folder / FILE)
    state = [connection.execute(query).fetchall() for query in _SEEN]
    connection.close()
    return state, [account.persistent() for account in accounts]


def surroundings(store: Store, clock: Callable[[], float], **others: Any) -> World:
    """Return the surroundings of a run that nobody watches, stops or is asked in, unless `others` say so."""
    quiet: dict[str, Any] = {
        "progress": Heard(),
        "stopping": lambda: False,
        "agree": lambda _receipt, _gap: True,
        "keep": lambda _path, _entries: None,
    }
    return World(store=store, journal=Journal(store), clock=clock, pid=PID, **{**quiet, **others})


@attrs.define
class Bench:
    """Two accounts, the state between them, and the person who watches."""

    folder: Path
    source: MemoryAdapter
    target: MemoryAdapter
    existing: Existing = Existing.MERGE
    private: Privacy = Privacy.KEEP
    heard: Heard = attrs.field(factory=Heard)
    kept: list[tuple[str, tuple[str, ...], int]] = attrs.field(factory=list)
    asked: list[tuple[Receipt, float]] = attrs.field(factory=list)
    stopping: Callable[[], bool] = lambda: False
    agree: bool = True
    fail_to_keep: BaseException | None = None

    def run(self, store: MortalStore | None = None, **options: Any) -> Ended:
        """Run the migration, like one process of the program."""
        opened = store or MortalStore(self.folder)
        self.source.before_each = self.target.before_each = opened.step
        try:
            return run(self.job(**options), self.world(opened))
        finally:
            opened.close()

    def job(self, *, dry_run: bool = False, verify: bool = True, saved: SavedPlan | None = None) -> Job:
        """Return the migration."""
        return Job("migrate", *self.parties, self.planner, dry_run=dry_run, verify=verify, saved=saved)

    @property
    def parties(self) -> tuple[Party, Party]:
        """Both accounts, as a run knows them."""
        source: Adapter = self.source
        target: Adapter = self.target
        return Party("here", source), Party("there", target)

    def planner(self, past: Past) -> Migration:
        """Return the planner of the migration."""
        memory = past.memories[Side.RIGHT]
        mapper = Mapper(self.source.capabilities, self.target.capabilities, private=self.private, memory=memory)
        return Migration(Policy(mapper, "here", "there", existing=self.existing))

    def world(self, store: Store) -> World:
        """Return the surroundings of a run."""
        return surroundings(
            store,
            FakeClock(),
            progress=self.heard,
            stopping=self.stopping,
            agree=self._agree,
            keep=self._keep,
        )

    def saved(self, ended: Ended) -> SavedPlan:
        """Return the plan of a dry run, as `apply` takes it."""
        identities = self.source.identity, self.target.identity
        return SavedPlan("here", "there", *identities, (), "{}", ended.plan, ended.receipt)

    def links(self) -> dict[str, Link]:
        """Return the stored links by the url of their left, as values that compare."""
        with self.state() as store:
            links = store.links(self.pair(store))
        return {link.left.url: attrs.evolve(link, id=None) for link in links}

    def pair(self, store: Store) -> Pair:
        """Return the pair by its numbers."""
        return Pair(store.account(self.source.identity), store.account(self.target.identity))

    def records(self) -> list[RunRecord]:
        """Return all runs, the first first."""
        with self.state() as store:
            return Journal(store).runs()[::-1]

    def states(self, run: int) -> list[str]:
        """Return the states in which the steps of a run ended."""
        with self.state() as store:
            return [entered.state for entered in Journal(store).steps(run)]

    @contextmanager
    def state(self) -> Iterator[Store]:
        """Open the state between two runs."""
        store = QuickStore(self.folder)
        try:
            yield store
        finally:
            store.close()

    def _agree(self, receipt: Receipt, gap: float) -> bool:
        self.asked.append((receipt, gap))
        return self.agree

    def _keep(self, path: Path, entries: Sequence[Entry]) -> None:
        if self.fail_to_keep is not None:
            raise self.fail_to_keep
        self.kept.append((path.name, tuple(entry.bookmark.url for entry in entries), len(self.target.applied)))
