"""A file as an account: its listing, and one atomic write per push."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.files import JSONL, NETSCAPE, PINBOARD_BACKUP, POCKET_EXPORT
from bridge.model.adapter import Adapter, Checked, Missing, Spec
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.errors import InputError
from bridge.model.operation import Add, Delta, Done, Failed, Operation, Outcome, Remove, Update
from tests.adapters.files.file_reading import Listing, listed, opened

A = Bookmark("https://example.com/a", title="A", tags=("x", "y"), added=datetime(2020, 1, 2, tzinfo=UTC))
B = Bookmark("https://example.com/b", note="two\nlines")
C = Bookmark("https://example.com/c")


@pytest.fixture(params=[(JSONL, "t.jsonl"), (NETSCAPE, "t.html"), (PINBOARD_BACKUP, "t.json")], ids=lambda p: p[1])
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    """Open a target of each format that is written, not there yet."""
    spec, name = request.param
    return opened(spec, tmp_path / name, target=True)


def path_of(account: Adapter) -> Path:
    """Return where an account's file is."""
    return Path(account.identity.removeprefix("file "))


def push(account: Adapter, *operations: Operation) -> list[Outcome]:
    """Push operations and return their outcomes."""
    return list(account.push(operations))


def entry(bookmark: Bookmark, ref: str | None = None) -> Entry:
    """Return the entry by which a file holds a bookmark."""
    return Entry(ref or bookmark.url, bookmark)


def test_a_target_that_is_not_there_is_an_empty_account(account: Adapter) -> None:
    """Its listing is complete and has nothing in it, and asking does not create it."""
    listing = listed(account)

    assert listing == Listing((), (), (), (), complete=True)
    assert not path_of(account).exists()


def test_an_empty_target_is_an_empty_account(account: Adapter) -> None:
    """A file without a byte holds nothing that could be lost."""
    path_of(account).touch()

    assert listed(account).entries == ()
    assert push(account, Add(A)) == [Done(entry(A))]


def test_adds_come_back_in_order_after_what_was_there(account: Adapter) -> None:
    """Each push appends; the refs are the urls."""
    outcomes = push(account, Add(A), Add(B)) + push(account, Add(C))

    assert outcomes == [Done(entry(A)), Done(entry(B)), Done(entry(C))]
    assert listed(account).entries == (entry(A), entry(B), entry(C))


def test_an_add_never_replaces(account: Adapter) -> None:
    """The same url, from an earlier push or from this one, fails as existing."""
    push(account, Add(A))

    again, first, second = push(account, Add(Bookmark(A.url)), Add(B), Add(Bookmark(B.url)))

    assert isinstance(again, Failed)
    assert again.exists
    assert first == Done(entry(B))
    assert isinstance(second, Failed)
    assert second.exists
    assert listed(account).bookmarks == [A, B]


def test_an_update_changes_its_fields_and_nothing_else(account: Adapter) -> None:
    """The delta is applied to what the file holds now."""
    push(account, Add(A), Add(B))
    delta = Delta({Field.TITLE: "New"}, add_tags=("z",), remove_tags=("x",), expects={Field.TAGS: ("y", "x")})

    (outcome,) = push(account, Update(entry(A), delta))

    changed = Bookmark(A.url, title="New", tags=("y", "z"), added=A.added)
    assert outcome == Done(entry(changed))
    assert listed(account).bookmarks == [changed, B]


def test_an_update_of_what_has_moved_is_refused(account: Adapter) -> None:
    """Where the file holds another value than expected, nothing is written."""
    push(account, Add(A))

    (outcome,) = push(account, Update(entry(A), Delta({Field.TITLE: "New"}, expects={Field.TITLE: "Old"})))

    assert isinstance(outcome, Failed)
    assert outcome.moved
    assert listed(account).bookmarks == [A]


def test_an_update_of_what_is_gone_is_missing(account: Adapter) -> None:
    """Nothing is created by an Update."""
    (outcome,) = push(account, Update(entry(A), Delta({Field.TITLE: "New"})))

    assert isinstance(outcome, Failed)
    assert outcome.missing
    assert not path_of(account).exists()


def test_a_removal_takes_the_entry_and_is_done_when_it_is_gone(account: Adapter) -> None:
    """A second removal finds nothing and is Done as well."""
    push(account, Add(A), Add(B))

    assert push(account, Remove(entry(A))) == [Done(entry(A))]
    assert push(account, Remove(entry(A)), Add(A)) == [Done(entry(A)), Done(entry(A))]
    assert listed(account).bookmarks == [B, A]


def test_repeats_of_a_url_have_refs_of_their_own(tmp_path: Path) -> None:
    """`#2` is the second occurrence, and never a ref that another url already has."""
    urls = ["u", "u#2", "u", "u"]
    path = tmp_path / "t.jsonl"
    path.write_text('{"bookmark-bridge": 1}\n' + "".join(f'{{"url": "{url}"}}\n' for url in urls))
    account = opened(JSONL, path, target=True)

    assert [found.ref for found in listed(account).entries] == ["u", "u#2", "u#3", "u#4"]
    assert list(account.look_up([Entry("u#3", Bookmark("u")), Entry("u#9", Bookmark("u"))])) == [
        Entry("u#3", Bookmark("u")),
        Entry("u", Bookmark("u")),
    ]
    assert push(account, Update(Entry("u#9", Bookmark("u")), Delta({Field.TITLE: "first"})))
    assert push(account, *[Remove(Entry("u#4", Bookmark("u")))] * 2)
    assert [found.title for found in listed(account).bookmarks] == ["first", "", ""]


def test_a_look_up_tells_what_is_there_and_what_is_missing(account: Adapter) -> None:
    """The file as it is now decides."""
    push(account, Add(A))

    assert list(account.look_up([entry(B), entry(Bookmark(A.url))])) == [Missing(B.url), entry(A)]


def test_what_a_format_cannot_write_fails_alone(account: Adapter) -> None:
    """An empty url is refused as that item's failure, on Add and on Update; the others are written."""
    outcomes = push(account, Add(Bookmark("")), Add(A))

    assert isinstance(outcomes[0], Failed)
    assert outcomes[1] == Done(entry(A))


@pytest.mark.parametrize(
    ("spec", "name", "tag"),
    [(NETSCAPE, "t.html", "a,b"), (PINBOARD_BACKUP, "t.json", "a b"), (NETSCAPE, "t.html", "\udc80")],
)
def test_a_tag_that_would_not_come_back_is_refused(spec: Spec, name: str, tag: str, tmp_path: Path) -> None:
    """A separator inside of a tag, or what UTF-8 has no bytes for, fails that operation and changes nothing."""
    account = opened(spec, tmp_path / name, target=True)
    push(account, Add(A))

    (outcome,) = push(account, Update(entry(A), Delta(add_tags=(tag,))))

    assert isinstance(outcome, Failed)
    assert (outcome.exists, outcome.moved, outcome.missing) == (False, False, False)
    assert listed(account).bookmarks == [A]


def test_nothing_is_written_where_nothing_changes(account: Adapter) -> None:
    """A push of which every operation fails leaves the very file that was there."""
    push(account, Add(A))
    before = path_of(account).stat()

    push(account, Add(A))

    after = path_of(account).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_existing_file_keeps_its_mode_and_a_new_one_is_private(account: Adapter) -> None:
    """0600 for what we create, for bookmarks are private; the owner's choice otherwise."""
    push(account, Add(A))
    created = stat.S_IMODE(path_of(account).stat().st_mode)
    path_of(account).chmod(0o640)
    push(account, Add(B))

    assert created == 0o600
    assert stat.S_IMODE(path_of(account).stat().st_mode) == 0o640


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_disk_that_is_full_loses_nothing(account: Adapter, function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stands, no temporary file is left, and the sentence says what the system said."""
    push(account, Add(A))
    before = path_of(account).read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path if function == "replace" else os, function, full)
    with pytest.raises(InputError, match="No space left"):
        push(account, Add(B))

    assert path_of(account).read_bytes() == before
    assert list(path_of(account).parent.iterdir()) == [path_of(account)]


def test_a_folder_that_cannot_be_synced_is_no_failure(account: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file itself is synced; what happens after it was replaced cannot be undone by an error."""
    real = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "no")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)

    assert push(account, Add(A)) == [Done(entry(A))]


def test_a_crash_in_mid_write_leaves_the_old_file(account: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption before the new file takes the name leaves nothing behind."""
    push(account, Add(A))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        push(account, Add(B))

    assert list(path_of(account).parent.iterdir()) == [path_of(account)]
    assert listed(account).bookmarks == [A]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file it leads to is written, and both names are one account."""
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "folder" / "t.jsonl")
    account = opened(JSONL, link, target=True)

    push(account, Add(A))

    assert link.is_symlink()
    assert listed(opened(JSONL, tmp_path / "folder" / "t.jsonl")).bookmarks == [A]
    assert account.identity == f"file {tmp_path / 'folder' / 't.jsonl'}"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_regular_file_is_never_replaced(account: Adapter, make: Callable[[Path], None]) -> None:
    """A folder or a device in the place of a target is refused in words."""
    make(path_of(account))

    for act in (lambda: push(account, Add(A)), lambda: listed(account), account.check):
        with pytest.raises(InputError, match="not a regular file"):
            act()


def test_a_target_whose_folder_is_missing_is_refused(account: Adapter) -> None:
    """Check says so before a long run, and push does."""
    path_of(account).parent.rmdir()

    with pytest.raises(InputError, match="folder is missing"):
        account.check()
    with pytest.raises(InputError, match="cannot be written"):
        push(account, Add(A))


@pytest.mark.parametrize("spec", [JSONL, NETSCAPE, PINBOARD_BACKUP])
@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir, Path.touch])
def test_a_source_must_be_a_file_with_something_in_it(spec: Spec, make: Callable[[Path], None], tmp_path: Path) -> None:
    """A missing, a folder and an empty one are refused in words."""
    make(tmp_path / "source")
    source = opened(spec, tmp_path / "source")

    with pytest.raises(InputError):
        listed(source)


def test_a_file_is_checked_by_counting_what_it_holds(tmp_path: Path) -> None:
    """What cannot be read of it is counted, too; a missing source, and a folder without an export, are refused."""
    (tmp_path / "t.jsonl").write_text('{"bookmark-bridge": 1}\n{"url": "u"}\n')
    (tmp_path / "broken.jsonl").write_text('{"bookmark-bridge": 1}\n{"url": "u"}\n{"url": 5}\n')
    (tmp_path / "part_000000.csv").write_text("title,url,time_added,tags,status\nT,http://a.example/,1,,unread\n")
    broken = opened(JSONL, tmp_path / "broken.jsonl").check()

    assert opened(JSONL, tmp_path / "t.jsonl").check() == Checked(entries=1)
    assert opened(JSONL, tmp_path / "t.jsonl", target=True).check() == Checked(entries=1)
    assert opened(JSONL, tmp_path / "new.jsonl", target=True).check() == Checked(entries=0)
    assert opened(POCKET_EXPORT, tmp_path).check().entries == 1
    assert (1, True) == (broken.entries, "1 of its records cannot be read" in broken.remarks[0])
    (tmp_path / "part_000000.csv").unlink()
    with pytest.raises(InputError):
        opened(POCKET_EXPORT, tmp_path).check()
    with pytest.raises(InputError, match="cannot be read: No such file"):
        opened(JSONL, tmp_path / "other.jsonl").check()


def test_a_target_that_could_not_be_kept_whole_fails_its_check(tmp_path: Path) -> None:
    """Check reads the file that is there."""
    (tmp_path / "t.jsonl").write_text('{"bookmark-bridge": 1}\n{"url": "u", "stars": 5}\n')

    with pytest.raises(InputError, match="the key 'stars'"):
        opened(JSONL, tmp_path / "t.jsonl", target=True).check()
    assert opened(JSONL, tmp_path / "t.jsonl").check().entries == 1


def test_a_source_takes_no_write(tmp_path: Path) -> None:
    """Whatever opened a file for reading cannot change it."""
    with pytest.raises(InputError, match="only be read"):
        push(opened(JSONL, tmp_path / "t.jsonl"), Add(A))


def test_only_relics_are_read_together(tmp_path: Path) -> None:
    """Files beside one of these formats are a mistake, not ignored."""
    with pytest.raises(InputError, match="relics of Pocket"):
        opened(JSONL, tmp_path / "t.jsonl", beside=("other.jsonl",))


def test_files_make_no_calls_and_take_all_operations_at_once(account: Adapter) -> None:
    """There is no batch limit, so that a file is written once."""
    push(account, Add(A))

    assert account.calls == 0
    assert account.capabilities.batch is None


def test_long_listings_come_in_pages(tmp_path: Path) -> None:
    """Ten thousand bookmarks are pages of at most 500, none empty but the last."""
    account = opened(JSONL, tmp_path / "t.jsonl", target=True)
    wanted = [Bookmark(f"https://example.com/{number}") for number in range(1_000)]
    push(account, *map(Add, wanted))

    *pages, _ = opened(JSONL, tmp_path / "t.jsonl").pull(None)

    assert [len(page.entries) for page in pages] == [500, 500, 0]  # type: ignore[union-attr]
    assert listed(account).bookmarks == wanted


def test_a_pocket_export_is_an_account_that_only_reads(tmp_path: Path) -> None:
    """Its Spec says what its reader says, and its capabilities are those of what is at hand."""
    from adapters.files import pocket_export  # noqa: PLC0415 - beside the Spec that must not import it

    path = tmp_path / "part_000000.csv"
    path.write_text("title,url,time_added,tags,status\nA,https://example.com/a,1600000000,,unread\n")
    account = opened(POCKET_EXPORT, path)

    assert POCKET_EXPORT.capabilities == pocket_export.CAPABILITIES
    assert account.capabilities == pocket_export.capabilities(str(path))
    assert listed(account).bookmarks[0].url == A.url
    with pytest.raises(InputError, match="only be read"):
        push(account, Add(A))


def test_writing_goes_by_suffix_and_relics_are_pockets_alone() -> None:
    """Each suffix has one writer."""
    specs = (JSONL, NETSCAPE, PINBOARD_BACKUP, POCKET_EXPORT)

    assert [spec.suffixes for spec in specs] == [(".jsonl",), (".html",), (".json",), ()]
    assert [spec.relics for spec in specs] == [False, False, False, True]
