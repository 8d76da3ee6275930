"""A service that overwrites what an Add runs into: the entry gets back what it was, however the run ends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from bridge.model.adapter import Missing
from bridge.model.bookmark import Bookmark, Field
from bridge.model.operation import Failed, Unknown
from bridge.model.receipt import Listed, Loss, Verified, Wrong
from bridge.planning.policy import Existing
from tests.support.bench import Bench, MortalStore
from tests.support.memory_adapter import CAPABLE, After, Killed, MemoryAdapter

OLD, NEW = datetime(2015, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
PLAIN = Bookmark("http://a.example/", title="new", tags=("new",), added=NEW)
SAME = Bookmark("https://a.example/", title="old", tags=("old",), added=OLD, unread=False)
"""The same page at the service, which the person has read."""

OTHER = Bookmark("https://b.example/", title="other", added=NEW)
OVERWRITTEN = attrs.evolve(SAME, title=PLAIN.title, added=PLAIN.added)
"""What the service can be given back, and what it cannot."""

POCKET = attrs.evolve(
    CAPABLE, edits=frozenset({Field.TAGS, Field.UNREAD, Field.FAVORITE}), single=False, overwrites=True, batch=30
)


def bench(tmp_path: Path, *source: Bookmark, target: tuple[Bookmark, ...] = (SAME,)) -> Bench:
    """Return a service that takes http for https, and overwrites."""
    ready = Bench(tmp_path / "state", MemoryAdapter("here", entries=source), MemoryAdapter("there", POCKET, target))
    ready.target.upserts = True
    ready.target.resolves = {PLAIN.url: SAME.url}
    return ready


def test_an_entry_that_nobody_linked_is_met_as_it_was(tmp_path: Path) -> None:
    """It is read again, keeps its tags beside the new one, and what cannot be given back is listed."""
    ready = bench(tmp_path, PLAIN)
    ended = ready.run()
    [held] = ready.target.held().values()

    assert (False, {"old", "new"}) == (held.unread, set(held.tags))
    assert {Loss(SAME.url, "title", "old", "new"), Loss(SAME.url, "added", OLD.isoformat(), NEW.isoformat())} <= set(
        ended.receipt.losses
    )
    assert (0, 1, 0) == (ended.receipt.added, ended.receipt.merged, len(ended.receipt.failed))
    assert ended.receipt.balanced
    assert [] == list(ready.run().plan.steps)


def test_an_entry_of_another_bookmark_is_left_to_that_one(tmp_path: Path) -> None:
    """The second bookmark is skipped, now and ever after, and the entry is what it was."""
    ready = bench(tmp_path, SAME, PLAIN, target=())
    ended = ready.run()
    [held] = ready.target.held().values()

    assert (False, ("old",)) == (held.unread, held.tags)
    assert (1, [PLAIN.url]) == (ended.receipt.added, [item.url for item in ended.receipt.skipped])
    assert ended.receipt.balanced
    again = ready.run()
    assert (Listed(PLAIN.url, "the target keeps it as another bookmark"),) == again.receipt.skipped
    assert [] == list(again.plan.steps)


def test_a_twin_stays_one_when_its_counterpart_goes(tmp_path: Path) -> None:
    """The person removed the page there; the other spelling of it does not bring it back."""
    ready = bench(tmp_path, SAME, PLAIN, OTHER, target=())
    ready.run()
    ready.target.drop(SAME.url)
    ended = ready.run()

    assert [OTHER.url] == list(ready.target.held())
    assert 2 == len(ended.receipt.skipped)


def test_forgetting_the_pair_forgets_its_twins(tmp_path: Path) -> None:
    """Then it is tried again, and found again."""
    ready = bench(tmp_path, SAME, PLAIN, target=())
    ready.run()
    with ready.state() as store:
        store.forget(ready.pair(store))
        assert {} == store.twins(ready.pair(store))
    ended = ready.run()

    assert 1 == len(ended.receipt.skipped)
    assert {SAME.url: OVERWRITTEN} == ready.target.held()


def test_what_is_to_be_skipped_is_skipped_for_good(tmp_path: Path) -> None:
    """Where existing entries are left alone, the Add is undone and never sent again."""
    ready = bench(tmp_path, PLAIN)
    ready.existing = Existing.SKIP
    first, second = ready.run(), ready.run()
    [held] = ready.target.held().values()

    assert (False, ("old",)) == (held.unread, held.tags)
    assert ([], 1, 1) == (list(second.plan.steps), len(first.receipt.skipped), len(second.receipt.skipped))


def test_what_was_not_given_back_is_wrong(tmp_path: Path) -> None:
    """The service refuses the repair: each field of it is named, verification or not."""
    ready = bench(tmp_path, SAME, PLAIN, target=())
    ready.target.on_push(SAME.url, lambda: None, Failed("not today"))
    ended = ready.run(verify=False)

    assert Verified(0, (Wrong(SAME.url, "tags"), Wrong(SAME.url, "unread"))) == ended.receipt.verified
    assert 1 == ended.exit_code
    assert any("could not be given back" in said for said in ready.heard.said)


def test_a_repair_without_an_answer_is_looked_up(tmp_path: Path) -> None:
    """It was carried out, so it is not sent again, and moves no link."""
    ready = bench(tmp_path, SAME, PLAIN, target=())
    ready.target.on_push(SAME.url, lambda: None, After(Unknown("Timed out.")))
    ended = ready.run()

    assert {SAME.url: OVERWRITTEN} == ready.target.held()
    assert Verified(1, (Wrong(SAME.url, "title"), Wrong(SAME.url, "added"))) == ended.receipt.verified
    assert {SAME.url} == ready.links().keys()


@pytest.mark.parametrize("batch", [1, 30])
def test_killed_at_any_step_the_entry_is_what_it_was(tmp_path: Path, batch: int) -> None:
    """Whether the run dies before, in or behind the Add that overwrites, the next one ends the same."""
    steps = 0
    while True:
        steps += 1
        ready = bench(tmp_path / f"{batch}-{steps}", SAME)
        ready.folder.mkdir(parents=True)
        ready.target.capabilities = attrs.evolve(POCKET, batch=batch)
        ready.run()
        ready.source.put(PLAIN)
        ready.source.put(OTHER)
        try:
            ready.run(MortalStore(ready.folder, steps))
        except Killed:
            ready.run()
            ready.run()
        else:
            break
        held = ready.target.held()

        assert (False, ("old",)) == (held[SAME.url].unread, held[SAME.url].tags), steps
        assert {SAME.url, OTHER.url} == held.keys()
    assert steps > 10


def test_what_another_job_listed_is_still_ours(tmp_path: Path) -> None:
    """A dead run's Add was made, and another job's listing shows it since: nothing is undone."""
    ready = bench(tmp_path, SAME, target=())
    ready.target.on_push(SAME.url, After(Killed()))
    with pytest.raises(Killed):
        ready.run()
    with ready.state() as store:
        [made] = ready.target.entries.values()
        store.save_entry(ready.pair(store).right, made)
    ended = ready.run()

    assert {SAME.url: SAME} == ready.target.held()
    assert ended.receipt.unchanged == 1


def test_a_lost_add_that_met_nothing_is_sent_again(tmp_path: Path) -> None:
    """Nothing is known under the entry that is not there."""
    ready = bench(tmp_path, PLAIN, target=())
    ready.target.resolves = {}
    ready.target.on_push(PLAIN.url, Unknown("Timed out."))
    ready.target.on_look_up(PLAIN.url, Missing(PLAIN.url))
    ended = ready.run()

    assert (1, [PLAIN.url]) == (ended.receipt.added, list(ready.target.held()))
