"""A plan on disk, and `apply`, which carries out exactly that."""

from __future__ import annotations

import errno
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from unittest.mock import patch

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.model.bookmark import Bookmark
from bridge.model.errors import InputError, Refused
from bridge.model.operation import Failed, Unknown
from bridge.model.plan import Plan
from bridge.model.receipt import Receipt
from bridge.running.saved import SavedPlan, load, load_options, save
from tests.support.bench import Bench
from tests.support.memory_adapter import After, Killed, MemoryAdapter

DATE = datetime(2020, 1, 1, tzinfo=UTC)
A, B, C = (Bookmark(f"https://{name}.example/", title=name, tags=(name, "\ud800"), added=DATE) for name in "abc")
NOTHING = SavedPlan("a", "b", "A", "B", (), "{}", Plan(), Receipt("migrate", "a", "b"))


@pytest.fixture
def ready(tmp_path: Path) -> Bench:
    """Return a source with three bookmarks and a target that has one of them."""
    target = MemoryAdapter("there", entries=(attrs.evolve(C, tags=("mine",)),))
    return Bench(tmp_path / "state", MemoryAdapter("here", entries=(A, B, C)), target)


def test_a_plan_reads_back_as_it_was_written(ready: Bench, tmp_path: Path) -> None:
    """Steps, links and receipt are the same values, under the same id."""
    saved = ready.saved(ready.run(dry_run=True))
    path = tmp_path / "plan"

    save(path, saved)

    assert saved == load(path)
    assert saved.id == load(path).id
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_a_plan_takes_away_what_others_could_read(tmp_path: Path) -> None:
    """It holds the bookmarks themselves, whatever the file held before."""
    path = tmp_path / "plan"
    path.touch(mode=0o644)

    save(path, NOTHING)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_a_full_disk_leaves_the_old_plan(ready: Bench, tmp_path: Path) -> None:
    """Whole, and nothing beside it."""
    path = tmp_path / "plan"
    save(path, NOTHING)
    before = set(tmp_path.iterdir())
    saved = ready.saved(ready.run(dry_run=True))
    with (
        patch("os.fsync", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))),
        pytest.raises(InputError, match="No space left on device"),
    ):
        save(path, saved)

    assert NOTHING == load(path)
    assert before | {tmp_path / "state"} == set(tmp_path.iterdir())


def test_two_plans_have_two_ids(ready: Bench) -> None:
    """The id is made of what the plan does, not of when it was made."""
    first = ready.saved(ready.run(dry_run=True))
    ready.source.put(attrs.evolve(A, title="other"))

    assert first.id != ready.saved(ready.run(dry_run=True)).id
    assert first.id == attrs.evolve(first, receipt=Receipt("migrate", "x", "y")).id


def test_a_plan_that_cannot_be_written_or_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    """A folder is no file."""
    with pytest.raises(InputError, match="cannot be written"):
        save(tmp_path, NOTHING)
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path)


def test_bytes_are_no_plan(tmp_path: Path) -> None:
    """A zip, say."""
    path = tmp_path / "plan"
    path.write_bytes(b"PK\x03\x04\xff\xfe")

    with pytest.raises(InputError, match="is not a plan"):
        load(path)


def test_another_version_is_named(tmp_path: Path) -> None:
    """A plan of another version of the program is not guessed at."""
    path = tmp_path / "plan"
    save(path, attrs.evolve(NOTHING, version=99))

    with pytest.raises(InputError, match="another version"):
        load(path)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2))


@settings(max_examples=25)
@given(field=st.sampled_from(sorted(attrs.asdict(NOTHING))), value=JSON)
def test_a_tampered_plan_is_refused_or_means_the_same(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    """Whatever stands in its place, nothing but InputError is raised."""
    path = tmp_path_factory.mktemp("plan") / "plan"
    save(path, NOTHING)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))

    try:
        found = load(path)
    except InputError:
        return

    assert isinstance(found, SavedPlan)


@pytest.mark.parametrize("text", ["[]", "1", "null", "{}", '{"version": 1}', "[" * 100_000, ""])
def test_any_other_json_is_no_plan(tmp_path: Path, text: str) -> None:
    """It is refused by name."""
    path = tmp_path / "plan"
    path.write_text(text)

    with pytest.raises(InputError, match="is not a plan"):
        load(path)


@attrs.frozen
class Options:
    """The options of some kind of job."""

    existing: Literal["merge", "skip"]


def test_options_read_back_as_the_job_wrote_them() -> None:
    """Which kind of job they are of is the reader's to know."""
    saved = attrs.evolve(NOTHING, options='{"existing": "skip"}')

    assert Options("skip") == load_options(Path("plan"), saved, Options)


@pytest.mark.parametrize("options", ["", "{}", "[]", "null", '{"existing": "burn"}', "[" * 100_000])
def test_a_plan_with_other_options_is_no_plan(options: str) -> None:
    """Whatever stands in their place, it is refused by name."""
    with pytest.raises(InputError, match=r"tonight\.plan is not a plan"):
        load_options(Path("tonight.plan"), attrs.evolve(NOTHING, options=options), Options)


def test_apply_does_what_the_dry_run_showed(ready: Bench) -> None:
    """Same counts, same end as a migration; a second time there is nothing left to do."""
    dry = ready.run(dry_run=True)

    first, second = ready.run(saved=ready.saved(dry)), ready.run(saved=ready.saved(dry))

    assert (0, 2, 1) == (first.exit_code, first.receipt.added, first.receipt.merged)
    assert (0, 3, 0) == (second.exit_code, second.receipt.unchanged, second.receipt.added)
    assert first.receipt.balanced
    assert second.receipt.balanced
    assert ("mine", "c", "\ud800") == ready.target.held()[C.url].tags
    assert 3 == len(ready.target.applied)


def test_apply_does_nothing_that_the_plan_does_not_say(ready: Bench) -> None:
    """What came to the source since waits for the next migration."""
    saved = ready.saved(ready.run(dry_run=True))
    ready.source.put(Bookmark("https://new.example/"))
    ready.source.put(attrs.evolve(A, title="edited since"))

    ended = ready.run(saved=saved)

    assert (3, True) == (ended.receipt.read_source, ended.receipt.balanced)
    assert {A.url, B.url, C.url} == set(ready.target.held())
    assert "a" == ready.target.held()[A.url].title


@pytest.mark.parametrize(
    ("move", "url"),
    [
        (lambda target: target.put(attrs.evolve(C, title="edited")), C.url),
        (lambda target: target.drop(C.url), C.url),
        (lambda target: target.put(attrs.evolve(A, title="added")), A.url),
    ],
    ids=["edited", "removed", "added"],
)
def test_apply_refuses_before_its_first_write_what_has_moved(ready: Bench, move: object, url: str) -> None:
    """The plan is carried out as it was shown, or not at all."""
    saved = ready.saved(ready.run(dry_run=True))
    assert callable(move)
    move(ready.target)

    with pytest.raises(Refused) as raised:
        ready.run(saved=saved)

    assert ((url,), 1) == (raised.value.items, raised.value.total)
    assert ([], []) == (ready.target.applied, ready.records())


@pytest.mark.parametrize("death", [Killed(), After(Killed())], ids=["before", "after"])
def test_apply_goes_on_after_a_kill(ready: Bench, death: object) -> None:
    """Done steps are skipped, the one on its way is settled, the rest is carried out."""
    saved = ready.saved(ready.run(dry_run=True))
    ready.target.on_push(B.url, death)
    with pytest.raises(Killed):
        ready.run(saved=saved)

    ended = ready.run(saved=saved)

    assert (0, True, 3) == (ended.exit_code, ended.receipt.balanced, len(ready.target.applied))
    assert {1} == set(ready.target.added.values())


@pytest.mark.parametrize("faults", [[Failed("no")], [Unknown("timed out")] * 2])
def test_apply_tries_again_what_failed(ready: Bench, faults: list[object]) -> None:
    """Only what was done under the plan's id is done."""
    saved = ready.saved(ready.run(dry_run=True))
    ready.target.on_push(A.url, *faults)

    first, second = ready.run(saved=saved), ready.run(saved=saved)

    assert (1, 0, 1) == (first.exit_code, second.exit_code, second.receipt.added)
    assert 3 == len(ready.target.applied)


def test_apply_goes_on_after_a_kill_in_the_merge_of_an_entry_that_it_met(ready: Bench) -> None:
    """The Add of the plan is done with the Update that stood in for it, whichever run came to know."""
    saved = ready.saved(ready.run(dry_run=True))
    ready.target.put(attrs.evolve(A, tags=("theirs",)))
    ready.target.hidden = {A.url}
    ready.target.on_push(A.url, Failed("item already exists", exists=True), After(Killed()))
    with pytest.raises(Killed):
        ready.run(saved=saved)
    ready.target.hidden = set()

    ended = ready.run(saved=saved)

    assert (0, True) == (ended.exit_code, ended.receipt.balanced)
    assert ("theirs", "a", "\ud800") == ready.target.held()[A.url].tags


def test_apply_leaves_links_that_are_newer_than_the_plan(ready: Bench) -> None:
    """What has been agreed on since is known better than the plan knew it."""
    ready.target.put(C)
    ready.target.put(A)
    saved = ready.saved(ready.run(dry_run=True))
    assert {A.url, C.url} == {link.left.url for link in saved.plan.agreed}
    with ready.state() as store:
        agreed = {link.left.url: link for link in saved.plan.agreed}
        newer = attrs.evolve(agreed[C.url], pairs=frozenset({("new", "new")}))
        store.save_links(ready.pair(store), [newer])

    ended = ready.run(saved=saved)

    assert (0, 1, newer) == (ended.exit_code, ended.receipt.added, ready.links()[C.url])
    assert {A.url, B.url, C.url} == set(ready.links())
