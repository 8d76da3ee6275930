"""A run that is killed at any of its steps, and then run again, ends as an undisturbed one."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from bridge.model.adapter import Missing
from bridge.model.bookmark import Bookmark, Field
from bridge.model.capabilities import TagRules
from bridge.model.operation import Unknown
from bridge.running.job import Ended
from tests.support.bench import Bench, MortalStore, left_behind
from tests.support.memory_adapter import CAPABLE, After, Killed, MemoryAdapter

DATE = datetime(2020, 1, 1, tzinfo=UTC)
A, B, C, D, E = (Bookmark(f"https://{name}.example/", title=name, tags=(name, "x y"), added=DATE) for name in "abcde")
TIMED_OUT = Unknown("Timed out.")
OLDER = DATE.replace(year=2010)


def only_adds(ready: Bench) -> None:
    """Bring four bookmarks to an empty account; one of them has no date."""
    for item in (A, B, attrs.evolve(C, added=None), D):
        ready.source.put(item)


def first_contacts_and_linked_updates(ready: Bench) -> None:
    """Have bookmarks that are linked and changed since, others that are there and unlinked, and a new one."""
    ready.source.put(A)
    ready.source.put(B)
    ready.run()
    ready.source.put(attrs.evolve(A, title="edited", tags=("a", "new")))
    ready.source.put(C)
    ready.target.put(attrs.evolve(C, title="mine", tags=("mine",), added=OLDER))
    ready.source.put(D)
    ready.target.put(attrs.evolve(D, note="mine, too", added=OLDER))
    ready.source.put(E)


def an_add_that_meets_an_entry(ready: Bench) -> None:
    """Of three new bookmarks one is there already, and the listing does not show it."""
    for item in (A, B, C):
        ready.source.put(item)
    ready.target.put(attrs.evolve(B, title="mine", tags=("mine",), added=OLDER))
    ready.target.hidden = {B.url}


def lost_answers(ready: Bench) -> None:
    """Every kind of lost answer: written, not written, not written twice, and written where the look-up lags."""
    for item in (A, B, C, D, E):
        ready.source.put(item)
    ready.target.on_push(A.url, After(TIMED_OUT))
    ready.target.on_push(B.url, TIMED_OUT)
    ready.target.on_push(C.url, TIMED_OUT, After(TIMED_OUT))
    ready.target.on_push(D.url, After(TIMED_OUT))
    ready.target.on_look_up(D.url, Missing(D.url))


SCENARIOS = [only_adds, first_contacts_and_linked_updates, an_add_that_meets_an_entry, lost_answers]


class Prepared:
    """A scenario, made once and copied for each death."""

    def __init__(self, folder: Path, scenario: Callable[[Bench], None], batch: int | None) -> None:
        capabilities = attrs.evolve(CAPABLE, batch=batch, tags=TagRules(blanks=False, cased=False), url_is_ref=True)
        self._folder = folder
        self._ready = Bench(folder / "prepared", MemoryAdapter("here"), MemoryAdapter("there", capabilities))
        self._ready.folder.mkdir()
        scenario(self._ready)
        self._copies = 0

    def copy(self) -> Bench:
        """Return the scenario afresh."""
        self._copies += 1
        folder = shutil.copytree(self._ready.folder, self._folder / str(self._copies))
        # An account that a MortalStore listens to cannot be copied, and need not.
        self._ready.source.before_each = self._ready.target.before_each = _nothing
        source, target = copy.deepcopy((self._ready.source, self._ready.target))
        return Bench(folder, source, target)


def _nothing() -> None:
    pass


def ending(ready: Bench, ended: Ended) -> object:
    """Return all that a disturbed run must have in common with an undisturbed one."""
    bases = {url: (link.left, dict(link.right.base), link.pairs) for url, link in ready.links().items()}
    return ended.exit_code, ended.receipt.balanced, ready.target.held(), dict(ready.target.added), bases


@pytest.mark.parametrize("batch", [1, 3, None])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_killed_at_any_step_it_goes_on(tmp_path: Path, scenario: Callable[[Bench], None], batch: int | None) -> None:
    """Whichever commit or call is the last one of the first process, the second ends where one would have."""
    prepared = Prepared(tmp_path, scenario, batch)
    calm = prepared.copy()
    expected = ending(calm, calm.run())
    assert {1} == set(calm.target.added.values())
    assert () == calm.run().plan.steps

    deaths = 0
    before: object = None
    while True:
        ready = prepared.copy()
        store = MortalStore(ready.folder, deaths + 1)
        try:
            ready.run(store)
        except Killed:
            deaths += 1
        else:
            break
        left = left_behind(ready.folder, ready.source, ready.target)
        if left != before:
            assert expected == ending(ready, ready.run()), f"killed at step {deaths}"
            assert ready.target.met <= calm.target.met, f"sent blindly again, killed at step {deaths}"
        before = left

    assert deaths == store.steps > 15


@pytest.mark.parametrize("death", [Killed(), After(Killed())], ids=["before", "after"])
@pytest.mark.parametrize("scenario", [only_adds, first_contacts_and_linked_updates], ids=lambda item: item.__name__)
def test_killed_at_any_write_it_goes_on(tmp_path: Path, scenario: Callable[[Bench], None], death: object) -> None:
    """The process dies inside a call of a batch: what it wrote is found, what it did not is written.

    A dry run in between changes nothing of that.
    """
    prepared = Prepared(tmp_path, scenario, 3)
    calm = prepared.copy()
    ended = calm.run()
    expected = ending(calm, ended)

    for step in ended.plan.steps:
        ready = prepared.copy()
        ready.target.on_push(step.url, death)
        with pytest.raises(Killed):
            ready.run()
        ready.run(dry_run=True)

        assert expected == ending(ready, ready.run()), step.url


def test_killed_again_and_again_it_arrives(tmp_path: Path) -> None:
    """Each process lives two steps longer than the one before it; no bookmark is added twice."""
    prepared = Prepared(tmp_path, lost_answers, 1)
    ready = prepared.copy()
    for lifetime in range(1, 60, 2):
        try:
            ready.run(MortalStore(ready.folder, lifetime))
        except Killed:
            continue
        break

    assert () == ready.run().plan.steps
    assert {A.url, B.url, C.url, D.url, E.url} == set(ready.target.held())
    assert {1} == set(ready.target.added.values())
    assert ("a", "x-y") == ready.links()[A.url].right.base[Field.TAGS]
