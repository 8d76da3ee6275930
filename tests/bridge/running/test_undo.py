"""Undoing runs between two accounts in memory: former states come back, and nothing is sent again afterwards."""

from __future__ import annotations

import copy
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from bridge.jobs import migrate, mirror, undo
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities, TagRules
from bridge.model.errors import ConfigurationError
from bridge.model.operation import Unknown
from bridge.running.job import Ended, Job
from bridge.running.run import run
from bridge.running.world import Party
from bridge.settings.jobs import Migrate, Mirror
from tests.support.bench import Bench, MortalStore, left_behind
from tests.support.memory_adapter import CAPABLE, After, Killed, MemoryAdapter

DAY = datetime(2020, 1, 1, tzinfo=UTC)
PINBOARD = attrs.evolve(
    CAPABLE.without(frozenset({Field.FAVORITE, Field.HIGHLIGHTS})),
    edits=CAPABLE.edits - {Field.FAVORITE, Field.HIGHLIGHTS, Field.ADDED},
    tags=TagRules(blanks=False, cased=False),
    url_is_ref=True,
)


def bookmark(name: str, **fields: object) -> Bookmark:
    """Return a bookmark of this name."""
    return Bookmark(f"https://{name}.example/", **{"title": name, "tags": (name,), "added": DAY, **fields})  # type: ignore[arg-type]


class Desk:
    """A person with two accounts, who migrates or mirrors between them and takes that back."""

    def __init__(self, folder: Path, right: Capabilities = CAPABLE, left: Capabilities = CAPABLE) -> None:
        self.left = MemoryAdapter("left", left)
        self.right = MemoryAdapter("right", right)
        self.bench = Bench(folder, self.left, self.right)
        self.deletes = "propagate"

    @property
    def parties(self) -> tuple[Party, Party]:
        return self.bench.parties

    def held(self) -> tuple[dict[str, Bookmark], dict[str, Bookmark]]:
        """Return what both accounts hold, by url; tags have no order."""
        return _unordered(self.left.held()), _unordered(self.right.held())

    def migrate(self, **options: object) -> Ended:
        """Migrate from left to right."""
        return self._run(migrate.job(Migrate(source="here", target="there", **options), *self.parties))  # type: ignore[arg-type]

    def mirror(self) -> Ended:
        """Mirror both ways."""
        return self._run(mirror.job(Mirror(left="here", right="there", deletes=self.deletes), *self.parties))  # type: ignore[arg-type]

    def undo(self, *runs: int, store: MortalStore | None = None, dry_run: bool = False) -> Ended:
        """Undo runs of one job."""
        opened = store or MortalStore(self.bench.folder)
        self.left.before_each = self.right.before_each = opened.step
        try:
            world = self.bench.world(opened)
            (batch,) = undo.batches(runs, world.journal)
            return run(undo.job(batch, self._open, world, dry_run=dry_run), world)
        finally:
            opened.close()

    def copy(self, folder: Path) -> Desk:
        """Return the same accounts and state once more."""
        self.left.before_each = self.right.before_each = _nothing
        other = Desk(Path(shutil.copytree(self.bench.folder, folder)))
        other.left, other.right = copy.deepcopy((self.left, self.right))
        other.bench = Bench(other.bench.folder, other.left, other.right)
        return other

    def _open(self, name: str) -> Party:
        return {party.name: party for party in self.parties}[name]

    def _run(self, job: Job) -> Ended:
        opened = MortalStore(self.bench.folder)
        self.left.before_each = self.right.before_each = opened.step
        try:
            return run(job, self.bench.world(opened))
        finally:
            opened.close()


def _unordered(held: dict[str, Bookmark]) -> dict[str, Bookmark]:
    return {url: attrs.evolve(item, tags=tuple(sorted(item.tags))) for url, item in sorted(held.items())}


def _nothing() -> None:
    pass


def reasons(ended: Ended) -> dict[str, str]:
    """Return why each bookmark was left."""
    return {listed.url: listed.reason for listed in ended.receipt.skipped}


def counts(ended: Ended) -> tuple[int, int, int, int]:
    """Return how many were read, added, merged and removed."""
    receipt = ended.receipt
    assert receipt.balanced
    return receipt.read_source, receipt.added, receipt.merged, receipt.removed


def migrated(folder: Path, number: int, there: int, right: Capabilities = PINBOARD) -> tuple[Desk, dict[str, Bookmark]]:
    """Migrate so many bookmarks, of which the target had some before; return what it held then."""
    desk = Desk(folder, right)
    for index in range(number):
        date = DAY + timedelta(hours=index)
        item = bookmark(f"n{index}", tags=("a b", f"t{index % 7}"), added=date, favorite=index % 3 == 0)
        desk.left.put(Entry(str(index), item))
    for index in range(there):
        desk.right.put(bookmark(f"n{index}", title="", tags=("mine",), note="mine", added=DAY, unread=False))
    before = desk.right.held()
    assert number == desk.migrate().receipt.read_source
    return desk, before


def test_a_migration_of_500_is_taken_back(tmp_path: Path) -> None:
    """What was added is gone, what was merged is as it was, field by field; the next migration writes nothing."""
    desk, before = migrated(tmp_path, 500, 100)
    source = desk.left.held()
    pulls = len(desk.left.pulls)
    ended = desk.undo(1)

    assert (500, 0, 100, 400) == counts(ended)
    assert 0 == ended.exit_code
    assert before == desk.right.held()
    assert source == desk.left.held()
    assert pulls == len(desk.left.pulls), "an account that was not written is not read"
    assert ((), 100, 400) == (
        (again := desk.migrate()).plan.steps,
        again.receipt.unchanged,
        len(again.receipt.skipped),
    )
    assert before == desk.right.held()


def mirrored(folder: Path, right: Capabilities = PINBOARD) -> tuple[Desk, tuple[dict[str, Bookmark], ...]]:
    """Mirror with adds, edits and removals on both sides; return what both held before the last run, the third."""
    desk = Desk(folder, right)
    for name in ("both", "left-edit", "right-edit", "left-gone", "right-gone", *(f"rest{n}" for n in range(20))):
        desk.left.put(bookmark(name, tags=(name, "x y")))
    desk.mirror()
    desk.mirror()

    def edit(side: MemoryAdapter, name: str, **fields: object) -> None:
        found = side.find(f"https://{name}.example/")
        assert found is not None
        side.put(attrs.evolve(found, bookmark=attrs.evolve(found.bookmark, **fields)))  # type: ignore[arg-type]

    edit(desk.left, "both", title="of the left", tags=("both", "l"))
    edit(desk.right, "both", note="of the right", tags=("both", "x-y", "r"))
    edit(desk.left, "left-edit", title="new", unread=False, tags=("left-edit",))
    edit(desk.right, "right-edit", title="other", tags=("right-edit", "x-y", "more"))
    desk.left.drop("https://left-gone.example/")
    desk.right.drop("https://right-gone.example/")
    desk.left.put(bookmark("left-new"))
    desk.right.put(bookmark("right-new"))
    before = desk.held()
    ended = desk.mirror()
    assert (3, 2, 2) == (ended.receipt.merged, ended.receipt.added, ended.receipt.removed)
    return desk, before


def test_a_mirror_run_is_taken_back_on_both_sides(tmp_path: Path) -> None:
    """Edits, adds and removals of both sides: the former states come back, and the next mirror writes nothing."""
    desk, before = mirrored(tmp_path)
    ended = desk.undo(3)

    assert (8, 2, 4, 2) == counts(ended)
    assert before == desk.held()
    for _ in range(3):
        again = desk.mirror()
        assert () == again.plan.steps
        assert 0 == again.exit_code
    assert before == desk.held()


def test_without_removals_a_mirror_run_is_taken_back_all_the_same(tmp_path: Path) -> None:
    """The account cannot be told to keep what it was never asked to remove: adds go, edits go back, nothing returns."""
    desk = Desk(tmp_path)
    desk.deletes = "keep"
    desk.left.put(bookmark("a"))
    desk.right.put(bookmark("b"))
    before = desk.held()
    desk.mirror()
    ended = desk.undo(1)

    assert (2, 0, 0, 2) == counts(ended)
    assert before == desk.held()
    assert () == desk.mirror().plan.steps


def test_what_has_changed_since_is_left_and_named(tmp_path: Path) -> None:
    """An edit, a removal, and a bookmark that came back stay as their owner made them; all else is taken back."""
    desk, _ = mirrored(tmp_path)
    both, added = desk.right.find("https://both.example/"), desk.right.find("https://left-new.example/")
    assert both is not None
    assert added is not None
    desk.right.put(attrs.evolve(both.bookmark, title="mine"))
    desk.right.put(attrs.evolve(added.bookmark, note="mine"))
    desk.left.drop("https://right-edit.example/")
    desk.left.put(bookmark("right-gone", note="saved anew"))
    ended = desk.undo(3)
    left, right = desk.held()

    assert (8, 1, 2, 1) == counts(ended)
    assert {
        "https://both.example/": "changed at there since: title",
        "https://left-new.example/": "changed at there since: note",
        "https://right-edit.example/": "gone from here since",
        "https://right-gone.example/": "at here again",
    } == reasons(ended)
    assert ("mine", "mine") == (right["https://both.example/"].title, right["https://left-new.example/"].note)
    assert "saved anew" == left["https://right-gone.example/"].note
    assert 0 == ended.exit_code


def test_a_field_that_was_not_written_may_change(tmp_path: Path) -> None:
    """What a person did to other fields of an entry stays, and does not keep the written ones from going back."""
    desk, before = mirrored(tmp_path)
    edited = desk.right.find("https://left-edit.example/")
    assert edited is not None
    desk.right.put(attrs.evolve(edited.bookmark, note="mine"))
    desk.undo(3)

    assert before[1]["https://left-edit.example/"] == attrs.evolve(
        desk.held()[1]["https://left-edit.example/"], note=""
    )


def test_undone_twice_there_is_nothing_left_to_do(tmp_path: Path) -> None:
    """The second undo leaves everything, names the first, and is no failure."""
    desk, _ = migrated(tmp_path, 6, 2)
    desk.undo(1)
    before = desk.right.held()
    again = desk.undo(1)

    assert (6, 0, 0, 0) == counts(again)
    assert {"run 2 has undone it"} == set(reasons(again).values())
    assert (0, before) == (again.exit_code, desk.right.held())


@pytest.mark.parametrize("scenario", ["migrate", "mirror"])
def test_an_undo_is_undone_like_any_run(tmp_path: Path, scenario: str) -> None:
    """Both accounts are as the run had left them, and the job goes on from there as if nothing had been."""
    desk = mirrored(tmp_path)[0] if scenario == "mirror" else migrated(tmp_path, 6, 2)[0]
    number = len(desk.bench.records())
    after = desk.held()
    desk.undo(number)
    desk.undo(number + 1)
    again = desk.mirror() if scenario == "mirror" else desk.migrate()

    assert after == desk.held()
    assert () == again.plan.steps


def test_runs_are_undone_together_or_one_after_the_other(tmp_path: Path) -> None:
    """Both ways lead back to what was before the first; the first alone leaves what the second wrote again."""
    desk, before = migrated(tmp_path / "state", 6, 2)
    for item in list(desk.left.held().values())[:4]:
        desk.left.put(attrs.evolve(item, title="second", tags=("second",)))
    desk.migrate()
    other, third = desk.copy(tmp_path / "other"), desk.copy(tmp_path / "third")
    together = desk.undo(1, 2)
    singly = other.undo(2), other.undo(1)
    first = third.undo(1)

    assert (6, 0, 2, 4) == counts(together)
    assert [(4, 0, 4, 0), (6, 0, 2, 4)] == [counts(ended) for ended in singly]
    assert before == desk.right.held() == other.right.held()
    assert 4 == list(reasons(first).values()).count("written again by run 2")
    assert () == desk.migrate().plan.steps
    assert (1, 2) == together.receipt.undoes


def test_what_a_service_made_of_a_write_is_no_change(tmp_path: Path) -> None:
    """Neither trimmed texts nor anything else that was read back right after the run keep an undo from its work."""
    desk = Desk(tmp_path, PINBOARD)
    desk.right.warp = lambda item: attrs.evolve(item, title=item.title.upper(), note=item.note.strip())
    desk.left.put(bookmark("a", note=" a note\n"))
    desk.migrate()
    ended = desk.undo(1)

    assert (1, 0, 0, 1) == counts(ended)
    assert {} == desk.right.held()


def test_later_runs_make_a_strange_value_a_change(tmp_path: Path) -> None:
    """After other runs nobody can tell what a service made of a write from what a person did: it is left."""
    desk = Desk(tmp_path, PINBOARD)
    desk.right.warp = lambda item: attrs.evolve(item, title=item.title.upper(), note=item.note.strip())
    desk.left.put(bookmark("a", note=" a note\n"))
    desk.left.put(bookmark("b", title="B", note=" a note\n"))
    desk.migrate()
    desk.migrate()
    ended = desk.undo(1)

    assert {"https://a.example/": "changed at there since: title"} == reasons(ended)
    assert 1 == ended.receipt.removed


def test_an_entry_that_was_met_is_not_taken_for_ours(tmp_path: Path) -> None:
    """An Add that ran into an entry which lacked nothing has written nothing, so nothing is removed."""
    desk = Desk(tmp_path)
    desk.left.put(bookmark("a"))
    desk.right.put(bookmark("a"))
    desk.right.hidden = {"https://a.example/"}
    desk.migrate()
    desk.right.hidden = set()
    before = desk.right.held()
    ended = desk.undo(1)

    assert (0, 0, 0, 0) == counts(ended)
    assert before == desk.right.held()


def test_a_dry_run_writes_nothing_and_foresees_all(tmp_path: Path) -> None:
    """It counts what would be taken back, and is no run."""
    desk, _ = migrated(tmp_path, 6, 2)
    after = desk.right.held()
    ended = desk.undo(1, dry_run=True)

    assert (6, 0, 2, 4) == counts(ended)
    assert (after, 1) == (desk.right.held(), len(desk.bench.records()))


@pytest.mark.parametrize("scenario", ["migrate", "mirror"])
def test_killed_at_any_step_an_undo_goes_on(tmp_path: Path, scenario: str) -> None:
    """Whichever commit or call is the last one, the same command ends where an undisturbed undo would have."""
    ready = mirrored(tmp_path / "ready")[0] if scenario == "mirror" else migrated(tmp_path / "ready", 4, 2)[0]
    number = len(ready.bench.records())
    calm = ready.copy(tmp_path / "calm")
    calm.undo(number)

    deaths = 0
    before: object = None
    while True:
        desk = ready.copy(tmp_path / f"death-{deaths}")
        store = MortalStore(desk.bench.folder, deaths + 1)
        try:
            desk.undo(number, store=store)
        except Killed:
            deaths += 1
        else:
            break
        left = left_behind(desk.bench.folder, desk.left, desk.right)
        if left == before:
            continue
        before = left
        again = desk.undo(number)
        assert (0, True) == (again.exit_code, again.receipt.balanced), f"killed at step {deaths}"
        assert calm.held() == desk.held(), f"killed at step {deaths}"
        following = desk.mirror() if scenario == "mirror" else desk.migrate()
        assert () == following.plan.steps, f"killed at step {deaths}"

    assert deaths == store.steps > 15


def test_a_run_that_died_is_undone_with_what_was_on_its_way(tmp_path: Path) -> None:
    """What a dead run sent and never saw answered is looked up first, and taken back with the rest."""
    desk = Desk(tmp_path, PINBOARD)
    for name in "abc":
        desk.left.put(bookmark(name))
    desk.right.on_push("https://b.example/", After(Killed()))
    with pytest.raises(Killed):
        desk.migrate()
    assert 2 == len(desk.right.held())
    ended = desk.undo(1)

    assert (2, 0, 0, 2) == counts(ended)
    assert {} == desk.right.held()


def test_what_cannot_be_done_is_left_with_its_reason(tmp_path: Path) -> None:
    """An account that removes nothing keeps what was added, and says so."""
    desk, _ = migrated(tmp_path, 3, 1)
    desk.right.capabilities = attrs.evolve(PINBOARD, removes=False, edits=frozenset({Field.TAGS}))
    ended = desk.undo(1)

    assert ["there removes nothing"] * 2 == list(reasons(ended).values())
    assert (3, 0, 1, 0) == counts(ended)
    assert [("title", "", "n0")] == [(loss.field, loss.wanted, loss.kept) for loss in ended.receipt.losses]


def test_another_account_under_the_name_is_refused(tmp_path: Path) -> None:
    """An undo never writes to an account that the run did not write to."""
    desk, _ = migrated(tmp_path, 2, 1)
    desk.right.identity = "another"

    with pytest.raises(ConfigurationError, match="there is not the account any more that run 1 has written to"):
        desk.undo(1)


def test_a_run_without_options_is_refused(tmp_path: Path) -> None:
    """A run of an older version does not say by which rules it wrote."""
    desk = Desk(tmp_path)
    desk.left.put(bookmark("a"))
    desk.bench.run()

    with pytest.raises(ConfigurationError, match="Run 1 was made by an older version"):
        desk.undo(1)


def test_what_was_public_comes_back_public(tmp_path: Path) -> None:
    """A removal is taken back although its source is gone and cannot be asked whether it hides the bookmark."""
    desk = Desk(tmp_path, attrs.evolve(PINBOARD, publishes=True))
    desk.left.put(bookmark("a", private=False))
    desk.left.put(bookmark("b", private=False))
    desk.mirror()
    desk.mirror()
    desk.left.drop("https://a.example/")
    before = desk.held()
    desk.mirror()
    ended = desk.undo(3)

    assert (1, 1, 0, 0) == counts(ended)
    assert before == desk.held()
    assert not desk.right.held()["https://a.example/"].private
    assert () == desk.mirror().plan.steps


def test_an_add_that_was_completed_is_one_write(tmp_path: Path) -> None:
    """An Add of which only a part had arrived, and what brought the rest, are taken back together."""
    desk = Desk(tmp_path)
    desk.left.put(bookmark("a", note="a note"))
    url = "https://a.example/"
    partly = Entry("9", bookmark("a", note="", tags=()))
    desk.right.on_push(url, Unknown("Timed out."))
    desk.right.on_look_up(url, lambda: desk.right.put(partly))
    ran = desk.migrate()
    ended = desk.undo(1)

    assert (1, ["done", "done"]) == (ran.receipt.added, desk.bench.states(1))
    assert {} == reasons(ended)
    assert (1, 0, 0, 1) == counts(ended)
    assert {} == desk.right.held()
