"""A forwarding from its locks to its receipt, and killed anywhere: each item once, and what follows once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from bridge.jobs import forward
from bridge.model.adapter import End
from bridge.model.bookmark import Bookmark, Field
from bridge.model.capabilities import Capabilities
from bridge.model.errors import ConfigurationError, InputError, Stopped, Unavailable
from bridge.model.operation import Failed, Unknown
from bridge.model.receipt import Verified, Written, Wrong
from bridge.running.job import Ended, Job
from bridge.running.world import Work
from bridge.settings.jobs import Forward
from tests.bridge.planning.stars import NEWS, starred
from tests.support.bench import Bench, MortalStore, in_sight, left_behind
from tests.support.memory_adapter import CAPABLE, After, Killed, MemoryAdapter

DATE = datetime(2020, 1, 1, tzinfo=UTC)
A, B, C, D, E, F = (
    starred(f"https://{name}.example/", title=name, tags=("Feed", name), added=DATE.replace(year=2020 - number))
    for number, name in enumerate("abcdef")
)
THERE = Bookmark(B.url, title="mine", tags=("mine",), added=DATE, unread=False)
"""What the person saved before."""
EQUAL = Bookmark(C.url, title="c", tags=C.tags, added=DATE)
"""What needs no merging."""
TIMED_OUT = Unknown("Timed out.")
FLAGS = {"unstar": Field.FAVORITE, "mark-read": Field.UNREAD}
POCKET = attrs.evolve(
    CAPABLE, edits=frozenset({Field.TAGS, Field.UNREAD, Field.FAVORITE}), single=False, overwrites=True, batch=30
)


@attrs.define
class Stars(Bench):
    """A feed reader in memory, and the account that its stars are sent to."""

    after: str = "unstar"

    def job(self, *, dry_run: bool = False, verify: bool = True, **_: Any) -> Job:
        """Return the forwarding."""
        options = Forward(source="here", target="there", after=self.after)  # type: ignore[arg-type]
        return attrs.evolve(forward.job(options, *self.parties, dry_run=dry_run), verify=verify)

    def set_aside(self) -> list[str]:
        """Return the urls of the items that were unstarred or marked as read, in order."""
        return [operation.url for operation in self.source.applied]

    def acted(self) -> set[str]:
        """Return the urls of the links for which what follows has been done."""
        return {url for url, link in self.links().items() if link.acted}


def bench(folder: Path, *source: Bookmark, target: tuple[Bookmark, ...] = (), after: str = "unstar") -> Stars:
    """Return accounts that hold these; the list there may be asked for one entry, and tells what is new."""
    here, there = MemoryAdapter("here", NEWS, source), MemoryAdapter("there", CAPABLE, target)
    here.increments = there.increments = True
    return Stars(folder, here, there, after=after)


@pytest.mark.parametrize(("after", "flag"), FLAGS.items())
def test_what_is_saved_and_read_back_is_then_unstarred_or_marked_as_read(
    tmp_path: Path, after: str, flag: Field
) -> None:
    """The target first; then the source, the oldest first, and read back as well. Each bookmark has one fate."""
    ready = bench(tmp_path / "state", A, B, C, attrs.evolve(D, favorite=False), target=(THERE, EQUAL), after=after)
    ended = ready.run()
    receipt = ended.receipt

    assert (0, True) == (ended.exit_code, receipt.balanced)
    assert (3, 1, 1, 1, 1) == (
        receipt.read_source,
        receipt.added,
        receipt.merged,
        receipt.unchanged,
        receipt.filtered,
    )
    assert {"here": Written(merged=3), "there": Written(added=1, merged=1)} == receipt.writes
    assert Verified(5) == receipt.verified
    assert [C.url, B.url, A.url] == ready.set_aside()
    assert {False} == {ready.source.held()[item.url].get(flag) for item in (A, B, C)}
    assert {A.url, B.url, C.url} == ready.acted()
    assert {"mine", *B.tags} == set(ready.target.held()[B.url].tags)
    assert [("there", 2, 2, 0), ("here", 3, 3, 0)] == ready.heard.of(Work.WRITING)
    assert {"here": ready.source.calls, "there": ready.target.calls} == receipt.calls


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    """What is starred again stays starred, and is not sent again; what was removed there stays removed."""
    ready = bench(tmp_path / "state", A, B)
    ready.run()
    for item in (A, B):
        ready.source.put(item)
    ready.target.drop(A.url)
    ended = ready.run()

    assert (0, 2, ()) == (ended.exit_code, ended.receipt.unchanged, ended.plan.steps)
    assert ({A.url: 1, B.url: 1}, 2) == (ready.target.added, len(ready.set_aside()))
    assert [B.url] == list(ready.target.held())


def test_what_the_accounts_held_before_is_kept_but_once(tmp_path: Path) -> None:
    """That of each account before the first write to it."""
    ready = bench(tmp_path / "state", A, target=(THERE,))
    ready.run()
    ready.source.put(C)
    ready.run()

    assert [("before-1.jsonl", (B.url,)), ("before-1-left.jsonl", (A.url,))] == [kept[:2] for kept in ready.kept]


def test_what_was_forwarded_before_is_unstarred_by_a_run_that_writes_nothing_else(tmp_path: Path) -> None:
    """The person has changed their mind; nobody is asked, as nothing is written to the target."""
    ready = bench(tmp_path / "state", A, B, after="keep")
    ready.run()
    kept = ready.set_aside()
    ready.asked.clear()
    ready.after = "unstar"
    ended = ready.run()

    assert [] == kept
    assert (0, 2, Written(merged=2), Verified(2)) == (
        ended.exit_code,
        ended.receipt.unchanged,
        ended.receipt.writes["here"],
        ended.receipt.verified,
    )
    assert ([B.url, A.url], []) == (ready.set_aside(), ready.asked)


def test_a_dry_run_says_how_many_would_be_unstarred(tmp_path: Path) -> None:
    """And writes nothing."""
    ready = bench(tmp_path / "state", A, B, target=(THERE,))
    ended = ready.run(dry_run=True)

    assert ("To be unstarred at here once saved: 2.",) == ended.receipt.remarks
    assert (1, 1, [], []) == (
        ended.receipt.added,
        ended.receipt.merged,
        ready.target.applied,
        ready.source.applied,
    )


def test_what_was_not_read_back_keeps_its_star_until_a_listing_shows_it(tmp_path: Path) -> None:
    """Without verification the next run does what follows."""
    ready = bench(tmp_path / "state", A)
    ready.run(verify=False)
    unverified = ready.set_aside()
    ended = ready.run()

    assert ([], [A.url]) == (unverified, ready.set_aside())
    assert (0, 1) == (ended.exit_code, ended.receipt.unchanged)


def test_what_cannot_be_read_back_keeps_its_star(tmp_path: Path) -> None:
    """It is wrong in this run's receipt; the next run does not find it, sends it again, and unstars it."""
    ready = bench(tmp_path / "state", A, B)
    ready.target.increments = False
    ready.target.on_look_up(A.url, lambda: ready.target.drop(A.url))
    first = ready.run()
    unstarred = ready.set_aside()
    second = ready.run()

    assert (1, (Wrong(A.url, "url"),), [B.url]) == (
        first.exit_code,
        first.receipt.verified.wrong if first.receipt.verified else (),
        unstarred,
    )
    assert (0, 1, [B.url, A.url]) == (second.exit_code, second.receipt.added, ready.set_aside())
    assert {A.url, B.url} == ready.target.held().keys()


def test_an_account_that_is_given_up_keeps_all_stars(tmp_path: Path) -> None:
    """What follows is for the next run, also for what was saved."""
    ready = bench(tmp_path / "state", A, B)
    ready.target.capabilities = attrs.evolve(CAPABLE, batch=1)
    ready.target.on_push(A.url, *[Unavailable("Busy.")] * 3)
    first = ready.run()
    unstarred = ready.set_aside()
    second = ready.run()

    assert (75, True, []) == (first.exit_code, first.receipt.interrupted, unstarred)
    assert (0, [B.url, A.url]) == (second.exit_code, ready.set_aside())
    assert {A.url: 1, B.url: 1} == ready.target.added


def test_a_star_that_does_not_come_off_is_told_and_tried_again(tmp_path: Path) -> None:
    """The bookmark is saved all the same: the receipt balances, with exit code 1."""
    ready = bench(tmp_path / "state", A)
    ready.source.on_push(A.url, Failed("not today"))
    first, second = ready.run(), ready.run()

    assert (1, True, 1) == (first.exit_code, first.receipt.balanced, first.receipt.added)
    assert first.receipt.verified == Verified(1, (Wrong(A.url, "favorite"),))
    assert f"{A.url} could not be changed: not today" in ready.heard.said
    assert (0, [A.url]) == (second.exit_code, ready.set_aside())


def test_asked_to_stop_before_what_follows_it_stops(tmp_path: Path) -> None:
    """All bookmarks have their fates; the next run does what follows."""
    ready = bench(tmp_path / "state", A)
    ready.stopping = lambda: bool(ready.target.applied)
    first = ready.run()
    ready.stopping = lambda: False
    second = ready.run()

    assert isinstance(first.error, Stopped)
    assert (130, True, True) == (first.exit_code, first.receipt.balanced, first.receipt.interrupted)
    assert (0, [A.url]) == (second.exit_code, ready.set_aside())


def test_a_source_that_cannot_be_kept_is_not_written(tmp_path: Path) -> None:
    """There is no room for what it holds: what is saved is saved, and nothing is pending."""
    ready = bench(tmp_path / "state", A)
    ready.fail_to_keep = InputError("no room")
    ended = ready.run()

    assert (5, 1, 0, True) == (
        ended.exit_code,
        ended.receipt.added,
        ended.receipt.pending,
        ended.receipt.balanced,
    )
    assert [] == ready.set_aside()


def test_a_source_need_not_list_all_that_it_holds(tmp_path: Path) -> None:
    """Nothing is ever added there."""
    ready = bench(tmp_path / "state", A)
    ready.source.on_pull(End(complete=False))
    ended = ready.run()

    assert (0, [A.url]) == (ended.exit_code, ready.set_aside())


def test_a_source_without_stars_is_refused(tmp_path: Path) -> None:
    """Nothing could ever be forwarded from there."""
    ready = bench(tmp_path / "state", A)
    ready.source.capabilities = NEWS.without(frozenset({Field.FAVORITE}))

    with pytest.raises(ConfigurationError, match="here has no stars"):
        ready.run()


@pytest.mark.parametrize(
    "lacking",
    [attrs.evolve(NEWS, edits=frozenset()), attrs.evolve(NEWS, updates=False), NEWS.without(frozenset({Field.UNREAD}))],
    ids=["edits nothing", "no updates", "reads nothing"],
)
def test_what_the_source_cannot_do_is_refused_before_anything_is_saved(tmp_path: Path, lacking: Capabilities) -> None:
    """Else it would be done by hand, or for ever missed."""
    ready = bench(tmp_path / "state", A, after="mark-read")
    ready.source.capabilities = lacking

    with pytest.raises(ConfigurationError, match="does not let anybody change unread, as --after mark-read would"):
        ready.run()


def new_ones_and_old_ones(ready: Stars) -> None:
    """Have items that are new, there, there and equal, unstarred, repeated, and forwarded before."""
    ready.source.put(E)
    after, ready.after = ready.after, "keep"
    ready.run()
    ready.after = after
    for item in (A, B, C, attrs.evolve(D, favorite=False)):
        ready.source.put(item)
    ready.source.entries["again"] = attrs.evolve(ready.source.entries["0002"], ref="again")
    ready.target.put(THERE)
    ready.target.put(EQUAL)


def lost_answers(ready: Stars) -> None:
    """Every kind of lost answer: written, not written, not written twice, at the target and at the source."""
    for item in (A, B, C, D):
        ready.source.put(item)
        ready.source.on_push(item.url, After(TIMED_OUT), TIMED_OUT)
    ready.target.on_push(A.url, After(TIMED_OUT))
    ready.target.on_push(B.url, TIMED_OUT)
    ready.target.on_push(C.url, TIMED_OUT, After(TIMED_OUT))
    ready.source.on_push(F.url, TIMED_OUT, After(TIMED_OUT))
    ready.source.put(F)


def an_add_that_meets_an_entry(ready: Stars) -> None:
    """Have one that is there already, and that the listing does not show."""
    for item in (A, B, C):
        ready.source.put(item)
    ready.target.put(THERE)
    ready.target.hidden = {B.url}


def an_add_that_overwrites(ready: Stars) -> None:
    """Have the target take another spelling of a page for the entry that it has."""
    ready.target.capabilities, ready.target.upserts = POCKET, True
    ready.target.put(THERE)
    ready.run()
    other = "http://b.example/"
    ready.target.resolves = {other: B.url}
    ready.source.put(attrs.evolve(B, url=other))
    ready.source.put(A)


def ending(ready: Stars, ended: Ended) -> object:
    """Return all that a disturbed run must have in common with an undisturbed one."""
    links = {url: (link.right.url, link.right.seen, link.acted) for url, link in ready.links().items()}
    return ended.exit_code, ended.receipt.balanced, ready.target.held(), ready.source.held(), links


@pytest.mark.parametrize(
    ("scenario", "after"),
    [
        *((new_ones_and_old_ones, after) for after in ("keep", "unstar", "mark-read")),
        *((scenario, "unstar") for scenario in (lost_answers, an_add_that_meets_an_entry, an_add_that_overwrites)),
    ],
    ids=lambda item: getattr(item, "__name__", item),
)
def test_killed_at_any_step_it_goes_on(tmp_path: Path, scenario: Callable[[Stars], None], after: str) -> None:
    """Whichever commit or call is the last one of the first process: each item once, and what follows once."""

    def prepared(number: int) -> Stars:
        ready = bench(tmp_path / str(number), after=after)
        ready.folder.mkdir()
        scenario(ready)
        for account in (ready.source, ready.target):
            account.capabilities = attrs.evolve(account.capabilities, batch=3)
        return ready

    calm = prepared(0)
    expected = ending(calm, calm.run())
    assert after == "keep" or calm.set_aside()

    deaths = 0
    before: object = None
    proven: list[object] = []
    while True:
        ready = prepared(deaths + 1)
        store = MortalStore(ready.folder, deaths + 1)
        try:
            ready.run(store)
        except Killed:
            deaths += 1
        else:
            break
        left = left_behind(ready.folder, ready.source, ready.target)
        if left == before:
            continue
        before = left
        ready.run()
        found = in_sight(ready.folder, ready.source, ready.target)
        if found not in proven:
            assert expected == ending(ready, ready.run()), f"killed at step {deaths}"
            proven.append(found)
        assert {1} == set(ready.target.added.values()), f"killed at step {deaths}"
        assert set(Counter(ready.set_aside()).values()) <= {1}, f"killed at step {deaths}"

    assert deaths == store.steps > 15
