"""Dumps of Pocket's API, as JSON and as SQLite."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import pocket_dump
from adapters.files.pocket_dump import record
from adapters.files.pocket_record import Record
from adapters.files.pocket_zip import MOST_BYTES
from bridge.model.adapter import Problem
from bridge.model.bookmark import Highlight
from bridge.model.errors import InputError
from tests.adapters.files.pocket_reading import URL, export, read, write
from tests.support.pocket_zip import pack

ITEM: dict[str, Any] = {
    "item_id": "1",
    "status": "1",
    "favorite": "1",
    "given_url": URL,
    "given_title": "A title",
    "resolved_url": f"{URL}/resolved",
    "resolved_title": "Another title",
    "time_added": "1500000000",
    "time_updated": "1500003600",
    "tags": {"one": {"item_id": "1", "tag": "one"}},
}


def dump(folder: Path, *items: object) -> Path:
    """Write a saved reply."""
    listed = {str(number): item for number, item in enumerate(items)}
    return write(folder, "pockexport.json", json.dumps({"status": 1, "list": listed}))


def item(**fields: object) -> Record | Problem:
    """Return what an item with other fields says."""
    return record(ITEM | fields, "dump.json item 1", pocket_dump.central())


def said(**fields: object) -> Record:
    """Return what a good item says."""
    found = item(**fields)
    assert isinstance(found, Record)
    return found


def test_an_item_becomes_a_bookmark_that_knows_whether_it_is_a_favorite(tmp_path: Path) -> None:
    """The url and title that were given go before the resolved ones; when it last changed is known."""
    listing = read(dump(tmp_path, ITEM))

    (entry,) = listing.entries
    bookmark = entry.bookmark
    assert (URL, "A title", ("one",)) == (bookmark.url, bookmark.title, bookmark.tags)
    assert (False, True) == (bookmark.unread, bookmark.favorite)
    assert datetime(2017, 7, 14, 2, 40, tzinfo=UTC) == bookmark.added
    assert datetime(2017, 7, 14, 3, 40, tzinfo=UTC) == entry.changed
    assert (URL, True) == (entry.ref, listing.complete)
    assert not any("favorites" in remark for remark in listing.remarks)


@pytest.mark.parametrize("document", [[ITEM], {"list": {"1": ITEM}}, {"status": 1, "list": [ITEM]}])
def test_a_saved_reply_and_a_bare_list_read_the_same(tmp_path: Path, document: object) -> None:
    """Exporters wrote either."""
    assert "A title" == read(write(tmp_path, "x.json", json.dumps(document))).only.title


def test_a_reply_whose_empty_list_is_an_array_is_an_empty_listing(tmp_path: Path) -> None:
    """Pocket's old server spelled an empty object as `[]`, which many readers refused."""
    listing = read(write(tmp_path, "x.json", '{"status":2,"complete":1,"list":[],"since":1}'))

    assert ((), True) == (listing.entries, listing.complete)


def test_stubs_of_deleted_and_hidden_items_are_only_counted(tmp_path: Path) -> None:
    """They have an id and a status and nothing else."""
    listing = read(dump(tmp_path, {"item_id": "2", "status": "2"}, ITEM, {"item_id": "3", "status": 3}))

    assert "pockexport.json: 2 deleted or hidden items left out." == listing.remark("deleted")
    assert ((), 1) == (listing.problems, len(listing.entries))


@pytest.mark.parametrize("tags", [[], {}, None, "", 5])
def test_no_tags_come_in_many_shapes(tags: object) -> None:
    """Absent, `{}`, and from servers written in PHP `[]`."""
    assert () == said(tags=tags).tags


@pytest.mark.parametrize(
    "tags", [{"a": {}, "b ": None}, ["a", "b"], [{"tag": "a"}, {"tag": "b"}], ["a", "", "b", None]]
)
def test_tags_come_in_many_shapes(tags: object) -> None:
    """An object by tag is the rule."""
    assert ("a", "b") == said(tags=tags).tags


@pytest.mark.parametrize(
    ("value", "known"),
    [("1", True), (1, True), (True, True), ("true", True), ("0", False), (0, False), (None, None), ("", None)],
)
def test_flags_come_as_text_numbers_and_booleans(value: object, known: bool | None) -> None:
    """What is absent is not known, which is not the same as false."""
    assert known == said(favorite=value).favorite


@pytest.mark.parametrize(
    ("value", "added"),
    [
        (1500000000, datetime(2017, 7, 14, 2, 40, tzinfo=UTC)),
        (1500000000.0, datetime(2017, 7, 14, 2, 40, tzinfo=UTC)),
        ("2017-07-14T04:40:00+02:00", datetime(2017, 7, 14, 2, 40, tzinfo=UTC)),
        ("2017-07-14T02:40:00Z", datetime(2017, 7, 14, 2, 40, tzinfo=UTC)),
        ("0", None),
        (0, None),
        (None, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("0000-00-00 00:00:00", None),
    ],
)
def test_times_come_as_seconds_and_in_iso_form(value: object, added: datetime | None) -> None:
    """Some servers send ISO dates; zero is never."""
    assert added == said(time_added=value).added


def test_the_resolved_url_and_title_stand_in(tmp_path: Path) -> None:
    """Empty is absent for a url and for a title; a title that is the url is none."""
    assert (f"{URL}/resolved", "Another title") == (said(given_url="").url, said(given_title=" ").title)
    assert "" == said(given_title=URL).title


def test_the_read_state_speaks_for_the_last_change() -> None:
    """Where the last change is not told, the time of reading stands in."""
    assert datetime(2017, 7, 14, 3, 40, tzinfo=UTC) == said().as_of
    assert datetime(2017, 7, 14, 2, 40, tzinfo=UTC) == said(time_updated="0", time_read="1500000000").as_of
    assert said(time_updated=None).as_of is None


def test_annotations_bear_us_central_wall_time_also_where_they_say_utc() -> None:
    """The database's zone leaked into the API; standard and summer time differ from UTC by six and five hours."""
    marks = [
        {"quote": "winter", "created_at": "2021-01-10 06:00:00"},
        {"quote": "  ", "created_at": "2021-01-10 06:00:00"},
        {"quote": "summer", "created_at": "2024-10-02T06:30:00.000Z"},
        {"quote": "never", "created_at": None},
        "junk",
    ]

    assert (
        Highlight("winter", datetime(2021, 1, 10, 12, tzinfo=UTC)),
        Highlight("summer", datetime(2024, 10, 2, 11, 30, tzinfo=UTC)),
        Highlight("never", None),
    ) == said(annotations=marks).highlights


def test_without_time_zone_data_highlights_have_no_time_and_a_remark_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong time would be worse than none."""

    def nowhere(key: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(key)

    monkeypatch.setattr(pocket_dump, "ZoneInfo", nowhere)
    marks = [{"quote": quote, "created_at": "2021-01-10 06:00:00"} for quote in ("q", "")]
    listing = read(dump(tmp_path, ITEM | {"annotations": marks}))

    assert (Highlight("q", None),) == listing.only.highlights
    assert "pockexport.json: 1 empty highlight left out." in listing.remarks
    assert "1 highlight without a time, as this machine has no time zone data" in listing.remark("America/Chicago")


def test_items_that_say_too_little_are_problems(tmp_path: Path) -> None:
    """Without a url nobody knows the page; a status that Pocket never sent is not guessed at."""
    listing = read(dump(tmp_path, {"item_id": "77", "status": "0"}, ITEM | {"status": "9"}, "junk"))

    nameless, odd, junk = listing.problems
    assert ("pockexport.json item 1", None) == (nameless.where, nameless.url)
    assert "'77'" in nameless.why
    assert ("pockexport.json item 2", URL) == (odd.where, odd.url)
    assert "pockexport.json item 3" == junk.where
    assert not listing.complete


def test_text_that_no_utf8_can_hold_is_replaced(tmp_path: Path) -> None:
    """JSON can spell half of a character, and a file can hold bytes that are none."""
    content = json.dumps([ITEM | {"given_title": "half \ud83d"}, ITEM | {"given_title": "cafX"}]).encode()
    listing = read(write(tmp_path, "dump.json", content.replace(b"X", b"\xe9")))

    assert ["half \ufffd", "caf\ufffd"] == [bookmark.title for bookmark in listing.bookmarks]
    assert "dump.json holds bytes that are not UTF-8; they were replaced." in listing.remarks


def test_a_damaged_dump_is_refused(tmp_path: Path) -> None:
    """Half a JSON document is no document."""
    path = write(tmp_path, "dump.json", json.dumps([ITEM])[:-20])

    with pytest.raises(InputError, match=r"dump\.json is damaged"):
        read(path)


def test_a_dump_of_absurd_size_is_refused(tmp_path: Path) -> None:
    """JSON is read as a whole, so there is a limit; the file here is a hole on the disk."""
    path = write(tmp_path, "dump.json", '[{"item_id":')
    with path.open("r+b") as file:
        file.truncate(MOST_BYTES + 1)

    with pytest.raises(InputError, match="too large"):
        read(path)


def database(folder: Path, *items: dict[str, Any], table: str = "items", name: str = "pocket.db") -> Path:
    """Write a database as pocket-to-sqlite makes one: a column for each field, tags as JSON."""
    path = folder / name
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE authors (author_id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute(f"CREATE TABLE {table} ({', '.join(ITEM)}, annotations)")
        for one in items:
            values = [json.dumps(one[key]) if isinstance(one.get(key), dict | list) else one.get(key) for key in ITEM]
            marks = ", ".join("?" * (len(ITEM) + 1))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", (*values, one.get("annotations")))  # noqa: S608
        connection.commit()
    return path


def test_a_database_of_pocket_to_sqlite_reads_like_the_reply_it_was_made_of(tmp_path: Path) -> None:
    """Its columns are the fields of an item; nothing is written to it or beside it."""
    path = database(tmp_path, ITEM, ITEM | {"status": "2", "given_url": f"{URL}/gone"}, table='"it""ems"')
    before = path.read_bytes()
    listing = read(path)

    assert read(dump(tmp_path / "json", ITEM)).entries == listing.entries
    assert "1 deleted or hidden item left out" in listing.remark("deleted")
    assert (before, {"pocket.db", "json"}) == (path.read_bytes(), {file.name for file in tmp_path.iterdir()})


def test_a_database_keeps_what_it_can_of_a_broken_column(tmp_path: Path) -> None:
    """Tags and annotations that are no JSON are none; annotations that are JSON are read."""
    path = database(tmp_path, ITEM | {"tags": "no json", "annotations": '[{"quote": "q"}]'})

    assert ((), (Highlight("q"),)) == (read(path).only.tags, read(path).only.highlights)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_database_inside_a_zip_is_read_without_unpacking(tmp_path: Path, mode: str) -> None:
    """It is opened in memory, also where it was kept with a write-ahead log."""
    path = database(tmp_path, ITEM)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    archive = write(tmp_path, "backup.zip", pack({"old/pocket.db": path.read_bytes()}))

    assert "A title" == read(archive).only.title


def test_a_write_ahead_log_beside_a_database_is_told(tmp_path: Path) -> None:
    """What its last writer left there is not read, so something may be missing."""
    path = database(tmp_path, ITEM)
    write(tmp_path, "pocket.db-wal", b"not empty")
    listing = read(path)

    assert "what is only in pocket.db-wal is not read" in listing.remark("writer")
    assert not listing.complete


def test_a_database_without_pockets_columns_is_refused(tmp_path: Path) -> None:
    """Any program may keep an SQLite file."""
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE moz_places (url TEXT)")

    with pytest.raises(InputError, match="without Pocket's columns"):
        read(path)


def test_a_database_that_only_speaks_of_the_columns_is_refused(tmp_path: Path) -> None:
    """A view or a comment may name them."""
    path = tmp_path / "odd.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (url TEXT /* once given_url */)")

    with pytest.raises(InputError, match="no table with a column 'given_url'"):
        read(path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    """Its first page is whole, the others are gone."""
    path = database(tmp_path, *(ITEM | {"given_url": f"{URL}/{number}"} for number in range(500)))
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\0" * (len(data) - 4096))

    with pytest.raises(InputError, match=r"pocket\.db cannot be read"):
        read(path)


def test_a_database_whose_columns_have_no_readable_names_is_refused(tmp_path: Path) -> None:
    """SQLite hands names over as bytes, and these are not UTF-8."""
    path = database(tmp_path, ITEM)
    path.write_bytes(path.read_bytes().replace(b"time_added", b"time_\xffdded"))

    with pytest.raises(InputError, match=r"pocket\.db cannot be read"):
        read(path)


def test_a_dump_beside_an_export_gives_what_only_it_knows(tmp_path: Path) -> None:
    """It is joined to the row of its url, and what only it has follows."""
    path = export(tmp_path, f"Cut,{URL},1500000001,two,archive")
    listing = read(path, dump(tmp_path / "dump", ITEM, ITEM | {"given_url": f"{URL}/b", "favorite": "0"}))

    first, second = listing.bookmarks
    assert (URL, "A title", ("two", "one"), True) == (first.url, first.title, first.tags, first.favorite)
    assert (f"{URL}/b", False) == (second.url, second.favorite)
    assert "pockexport.json: 2 pages, 1 of them joined with a save, 1 only there." in listing.remarks


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
annotations = st.lists(
    st.fixed_dictionaries({}, optional={"quote": json_values, "created_at": json_values}), max_size=2
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(ITEM, json_values) | {"annotations": annotations | json_values})
)
def test_whatever_an_item_holds_it_is_a_record_or_a_problem(fields: dict[str, object]) -> None:
    """Strict readers died on ordinary items of other servers; here every value of every type is survived."""
    found = item(**fields)

    assert found.url if isinstance(found, Record) else found.why
