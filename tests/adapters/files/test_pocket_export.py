"""A Pocket account as its relics tell it together."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import pocket_export
from bridge.model.adapter import Page
from bridge.model.bookmark import ALL_FIELDS, Field
from bridge.model.capabilities import Absence
from bridge.model.errors import InputError
from tests.adapters.files.pocket_reading import HEADER, URL, export, read, write
from tests.support import pocket_zip
from tests.support.pocket_zip import pack, part

DUMP = '[{"item_id": "1", "given_url": "https://example.com/a", "time_added": "1500000000", "favorite": "1"}]'
HTML = (
    '<title>Pocket Export</title><h1>Read Archive</h1><a href="https://example.com/a" time_added="1" tags="old">A</a>'
)
ROW = f"A,{URL},1500000000,new,unread"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> pocket_zip.Account:
    """Return an invented account with every oddity, three times over."""
    return pocket_zip.make(tmp_path_factory.mktemp("pocket"), rows=3 * pocket_zip.CYCLE, seed=7)


def test_every_oddity_of_real_exports_is_read_as_the_rules_say(account: pocket_zip.Account) -> None:
    """Each row and each record beside it ends as an entry, in one, or as a problem with its place."""
    listing = read(account.zip, account.dump)

    assert account.entries == listing.entries
    assert sorted(account.problems) == sorted((problem.where, problem.url) for problem in listing.problems)
    assert sorted(account.losses) == sorted((loss.url, loss.field) for loss in listing.losses)
    assert listing.complete


def test_nothing_beside_a_named_file_is_read_unasked(account: pocket_zip.Account) -> None:
    """The dump lies in the same folder and stays unread, so nobody knows the favorites, and that is said."""
    listing = read(account.zip)

    assert not any(bookmark.favorite for bookmark in listing.bookmarks)
    assert "None of these files says which pages were favorites" in listing.remark("favorites")


def test_a_folder_is_one_listing_of_all_its_relics(account: pocket_zip.Account) -> None:
    """It reads like its files named one by one."""
    assert read(account.zip, account.dump).entries == read(account.zip.parent).entries


def test_what_operating_systems_leave_in_folders_is_passed_over(tmp_path: Path) -> None:
    """They are nobody's data, so they are not even named; hidden folders are not entered."""
    export(tmp_path, ROW)
    for name in (".DS_Store", "Thumbs.db", "._part_000000.csv", "__MACOSX/part_000000.csv", ".git/part_000000.csv"):
        write(tmp_path, name, HEADER)
    listing = read(tmp_path)

    assert (len(listing.entries), listing.complete) == (1, True)
    assert not any("ignored" in remark for remark in listing.remarks)


def test_pages_hold_at_most_five_hundred_entries(tmp_path: Path) -> None:
    """They come while the export is read, and the End after all of them."""
    rows = ((f"A{n}", f"{URL}/{n}", "1500000000", "", "unread") for n in range(1001))
    path = write(tmp_path, "part_000000.csv", part(rows))
    *pages, _ = pocket_export.pages(str(path))

    assert [500, 500, 1] == [len(page.entries) for page in pages if isinstance(page, Page)]


def test_relics_are_joined_page_by_page(tmp_path: Path) -> None:
    """The export is the list, the dump knows favorites, the old HTML fills gaps; the earliest date stands."""
    csv = export(tmp_path, ROW)
    listing = read(csv, write(tmp_path, "dump.json", DUMP), write(tmp_path, "ril_export.html", HTML))

    bookmark = listing.only
    assert (("new", "old"), True, True) == (bookmark.tags, bookmark.favorite, bookmark.unread)
    assert datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC) == bookmark.added
    assert [
        "dump.json: 1 page, 1 of them joined with a save, 0 only there.",
        "ril_export.html: 1 page, 1 of them joined with a save, 0 only there.",
    ] == [remark for remark in listing.remarks if "joined" in remark]


def test_the_order_in_which_relics_are_named_does_not_matter(tmp_path: Path) -> None:
    """What they are decides how they are joined; a file that is named twice is read once."""
    files = (export(tmp_path, ROW), write(tmp_path, "dump.json", DUMP), write(tmp_path, "ril_export.html", HTML))

    assert read(*files) == read(*reversed(files), files[0])


def test_a_bad_date_is_no_loss_where_another_relic_knows_it(tmp_path: Path) -> None:
    """Only the date that nobody knows is lost."""
    csv = export(tmp_path, f"A,{URL},yesterday,,unread")

    assert ["added"] == [loss.field for loss in read(csv).losses]
    assert () == read(csv, write(tmp_path, "dump.json", DUMP)).losses


def test_what_only_the_old_html_has_is_joined_with_nothing_and_listed(tmp_path: Path) -> None:
    """A page that was deleted before the zip was made still stands in the older file."""
    csv = export(tmp_path, f"B,{URL}/b,1500000000,,unread")
    listing = read(csv, write(tmp_path, "ril_export.html", HTML))

    assert [f"{URL}/b", URL] == [bookmark.url for bookmark in listing.bookmarks]
    assert "ril_export.html: 1 page, 0 of them joined with a save, 1 only there." in listing.remarks


def test_two_exports_are_joined_and_the_newer_one_tells_the_read_state(tmp_path: Path) -> None:
    """A zip and its own unpacked parts in one folder are not twice the saves."""
    old = export(tmp_path / "old", ROW, f"B,{URL}/b,1500000000,,unread")
    new = export(tmp_path / "new", f"A,{URL},1500000000,newer,archive")
    os.utime(old, (1_700_000_000, 1_700_000_000))
    os.utime(new, (1_740_000_000, 1_740_000_000))
    listing = read(tmp_path)

    assert [(URL, False), (f"{URL}/b", True)] == [(one.url, one.unread) for one in listing.bookmarks]
    assert ("newer", "new") == listing.bookmarks[0].tags


def test_loose_parts_that_are_named_together_are_one_export(tmp_path: Path) -> None:
    """Wherever they lie, the numbering is whole."""
    first = export(tmp_path / "a", ROW)
    second = export(tmp_path / "b", f"B,{URL}/b,1500000000,,unread", name="part_000001.csv")

    assert (2, True) == (len(read(first, second).entries), read(first, second).complete)
    why = "By the numbering, it lacks part_000000.csv; what is here is read."
    assert [("part_000001.csv", why)] == read(second).lost


def test_a_broken_file_in_a_folder_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is a problem by which nobody knows what is lost."""
    export(tmp_path, ROW)
    write(tmp_path, "pocket.zip", b"PK\3\4 and no more")
    listing = read(tmp_path)

    assert [("pocket.zip", "pocket.zip is a damaged zip: nothing in it can be read.")] == listing.lost
    assert "A" == listing.only.title


def test_a_folder_of_which_all_is_broken_is_refused_with_the_first_damage(tmp_path: Path) -> None:
    """There is nothing to go on with."""
    write(tmp_path, "pocket.zip", b"PK\3\4 and no more")

    with pytest.raises(InputError, match=r"holds nothing of Pocket\. pocket\.zip: pocket\.zip is a damaged zip"):
        read(tmp_path)


DAMAGED = {
    "dump.json": (DUMP.encode()[:-9], "dump.json is damaged"),
    "pocket.db": (b"SQLite format 3\0 given_url, and nothing else", "pocket.db cannot be read"),
    "annotations.json": (b'[{"url": "u", "highlights": [{"quo', "annotations.json is damaged"),
    "collection.json": (b'{"slug": "a", "title": "A", "items": [{', "collection.json is damaged"),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("saves", ["part_000000.csv", "ril_export.html"])
def test_a_damaged_relic_beside_others_is_a_problem_and_they_are_read(tmp_path: Path, name: str, saves: str) -> None:
    """Nobody knows how much it held, also where it would have been the first to be read."""
    content, why = DAMAGED[name]
    whole = write(tmp_path, saves, HTML if saves.endswith("html") else f"{HEADER}\n{ROW}\n")
    listing = read(write(tmp_path, name, content), whole)

    ((where, told),) = listing.lost
    assert name == where
    assert told.startswith(why)
    assert "A" == listing.only.title


def test_a_file_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder it is a problem; named, it is refused."""
    path = export(tmp_path, ROW)
    secret = write(tmp_path, "secret.csv", HEADER)
    opened = Path.open

    def refuse(file: Path, mode: str = "r") -> object:
        if file == secret:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, mode)

    monkeypatch.setattr(Path, "open", refuse)

    assert [("secret.csv", "It cannot be read: Permission denied.")] == read(tmp_path).lost
    assert not pocket_export.recognises(str(secret))
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        read(path, secret)


REFUSED = {
    "empty.zip": (b"", "empty"),
    "blank.csv": (b" \n\n", "empty"),
    "paper.pdf": (b"%PDF-1.7", "a PDF"),
    "photo.csv": (b"\x89PNG\r\n\x1a\n", "an image"),
    "bookmarks.html": (b"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<A HREF='x' time_added='1'>", "not a Pocket export"),
    "backup.json": (b'[{"href": "https://example.com/", "tags": "url highlights"}]', "not a Pocket export"),
    "raindrop.csv": (b"id,title,url,folder,tags\n", "'id,title,url,folder,tags'"),
    "odd.csv": (b'"' + b"x" * 200_000, "not a Pocket export"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_of_pocket_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    """Files are told apart by content, and the refusal says what was found instead."""
    content, says = REFUSED[name]
    path = write(tmp_path, name, content)

    assert not pocket_export.recognises(str(path))
    with pytest.raises(InputError, match=says) as caught:
        read(path)
    assert caught.value.remedy


@pytest.mark.parametrize("start", ['<?xml version="1.0" encoding="UTF-8"?>\n', ""])
def test_the_error_page_of_a_broken_download_is_explained(tmp_path: Path, start: str) -> None:
    """In July 2025 the download link gave an XML error under the name of a zip (pocket-monorepo#1054)."""
    path = write(tmp_path, "pocket.zip", f"{start}<Error><Code>AccessDenied</Code></Error>")

    assert pocket_export.recognises(str(path))
    with pytest.raises(InputError, match=r"pocket\.zip is not your data but the error page"):
        read(path)


def test_missing_and_odd_paths_are_refused(tmp_path: Path) -> None:
    """A file that is not there, a folder of nothing, and what is neither."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "nothing").mkdir()
    refusals = {"gone.zip": "cannot be read: No such file", "nothing": "holds nothing", "pipe": "not a regular file"}
    for name, says in refusals.items():
        assert not pocket_export.recognises(str(tmp_path / name))
        with pytest.raises(InputError, match=says):
            read(tmp_path / name)


def test_a_folder_of_absurdly_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may name a home directory."""
    monkeypatch.setattr("adapters.files.pocket_find._MOST_FILES", 2)
    for number in range(4):
        write(tmp_path, f"{number}.txt", "mine")

    for asked in (lambda: pocket_export.recognises(str(tmp_path)), lambda: read(tmp_path)):
        with pytest.raises(InputError, match="holds more than 2 files"):
            asked()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x", pack({"part_000000.csv": HEADER.encode()})),
        ("x.txt", HEADER),
        ("x", HTML),
        ("x", "<ul><li><a href='https://example.com/' time_added='1' tags=''>"),
        ("x", DUMP),
        ("x", '{"list": []}'),
        ("x", '[{"url": "https://example.com/", "title": "", "highlights": [{"quote": "q", "created_at": 1}]}]'),
        ("x", '{"slug": "a", "title": "A", "description": null, "createdAt": "2024", "items": []}'),
        ("deep/in/folders/part_000000.csv", HEADER),
    ],
)
def test_relics_are_recognised_by_content(tmp_path: Path, name: str, content: str | bytes) -> None:
    """Names do not count; a folder is recognised by what it holds anywhere."""
    path = write(tmp_path, name, content)

    assert pocket_export.recognises(str(path))
    assert pocket_export.recognises(str(tmp_path))


def test_an_export_without_rows_is_an_empty_listing(tmp_path: Path) -> None:
    """An account may have been empty."""
    listing = read(export(tmp_path))

    assert ((), (), True) == (listing.entries, listing.problems, listing.complete)


def test_what_relics_know_depends_on_their_kinds(account: pocket_zip.Account, tmp_path: Path) -> None:
    """Only dumps know favorites, only shared lists have notes, and privacy is known to none."""
    csv, dump = export(tmp_path, ROW), write(tmp_path, "dump.json", DUMP)
    known = ALL_FIELDS - {Field.PRIVATE}

    assert known == pocket_export.capabilities(str(account.zip), (str(account.dump),)).reads
    assert known - {Field.FAVORITE} == pocket_export.capabilities(str(account.zip)).reads
    assert known - {Field.NOTE} == pocket_export.capabilities(str(dump)).reads
    assert known - {Field.FAVORITE, Field.NOTE, Field.HIGHLIGHTS} == pocket_export.capabilities(str(csv)).reads


def test_relics_are_a_source_only() -> None:
    """Nothing is written to them, and nothing follows from what they lack."""
    capabilities = pocket_export.CAPABILITIES

    assert not any((capabilities.adds, capabilities.updates, capabilities.removes))
    assert not capabilities.sets | capabilities.edits
    assert Absence.NOTHING is capabilities.absence


DATABASE = sqlite3.connect(":memory:")
DATABASE.execute("CREATE TABLE items (item_id, given_url, time_added, tags)")
DATABASE.execute("INSERT INTO items VALUES (1, 'https://example.com/a', 1500000000, '{}')")
DATABASE.commit()
RELICS = (
    part([("A", URL, "1500000000", "one|two", "unread")] * 3),
    (HTML * 3).encode(),
    DUMP.encode(),
    b'[{"url": "https://example.com/", "title": "", "highlights": [{"quote": "q", "created_at": 1}]}]',
    b'{"slug": "a", "title": "A", "items": [{"url": "https://example.com/a", "note": "n"}]}',
    DATABASE.serialize(),
)


@given(
    relic=st.sampled_from(RELICS),
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=3))),
    kept=st.just(1.0) | st.floats(0, 1),
)
def test_no_content_is_worse_than_a_refusal(relic: bytes, changes: list[tuple[int, bytes]], kept: float) -> None:
    """Whatever bytes are wrong or missing, a relic beside an export is read, or refused with a remedy."""
    damaged = bytearray(relic)
    for number, change in changes:
        place = number % len(relic)
        damaged[place : place + len(change)] = change
    with tempfile.TemporaryDirectory() as folder:
        csv = export(Path(folder), ROW)
        other = write(Path(folder), "relic", bytes(damaged[: int(kept * len(damaged))]))
        try:
            listed = len(read(csv, other).entries)
        except InputError as error:
            listed = len(error.remedy)

    assert listed > 0
