"""Zips as people have them: repacked, cut, damaged, hostile."""

from __future__ import annotations

import json
import os
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import pocket_zip
from bridge.model.errors import InputError
from tests.adapters.files.pocket_reading import HEADER, URL, read, write
from tests.support.pocket_zip import pack, part

BOTH = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)


CUT = "It ends early or is damaged, so files in it may be missing; what was found in it is read."
TOO_LITTLE = "Of this file in pocket.zip too little is left to tell what it was; nothing of it is read."


def rows(start: int, stop: int) -> bytes:
    """Return a part with a row for each number."""
    return part((f"Title {n}", f"{URL}/{n}", str(1500000000 + n), "one|two", "unread") for n in range(start, stop))


def two_parts() -> dict[str, bytes]:
    """Return the members of an export of 600 rows with highlights."""
    annotations = [{"url": f"{URL}/1", "title": "", "highlights": [{"quote": "q", "created_at": 1741000000}]}]
    return {
        "part_000000.csv": rows(0, 400),
        "part_000001.csv": rows(400, 600),
        "annotations/part_000000.json": json.dumps(annotations).encode(),
    }


def test_all_parts_and_highlights_of_a_zip_are_one_listing(tmp_path: Path) -> None:
    """Most importers take one part and no highlights (raindropio/app#127)."""
    listing = read(write(tmp_path, "pocket.zip", pack(two_parts())))

    assert [f"{URL}/{number}" for number in range(600)] == [bookmark.url for bookmark in listing.bookmarks]
    assert ["q"] == [mark.quote for mark in listing.bookmarks[1].highlights]
    assert listing.complete


def test_a_zip_packed_again_by_hand_reads_the_same(tmp_path: Path) -> None:
    """A top folder and what macOS adds are passed over; other files are named."""
    members = {f"my export/{name}": data for name, data in two_parts().items()}
    odd = {
        "__MACOSX/my export/._part_000000.csv": b"\0\5\x16\7",
        "my export/.DS_Store": b"\0\0\0\1Bud1",
        "my export/": b"",
        **{f"my export/{number}.txt": b"mine" for number in range(7)},
    }
    plain = read(write(tmp_path, "pocket.zip", pack(two_parts())))
    again = read(write(tmp_path, "again.zip", pack(odd | members)))

    assert plain.entries == again.entries
    assert "Not of Pocket, and ignored: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 more files." == again.remark("ignored")


def test_names_with_backslashes_and_paths_out_of_the_zip_are_base_names(tmp_path: Path) -> None:
    """Nothing is extracted, so a path can lead nowhere; wherever they lie, parts in one zip are one export."""
    members = {"..\\..\\part_000000.csv": rows(0, 1), "../../etc/part_000001.csv": rows(1, 2)}
    listing = read(write(tmp_path, "pocket.zip", pack(members)))

    assert [f"{URL}/0", f"{URL}/1"] == sorted(bookmark.url for bookmark in listing.bookmarks)
    assert ["pocket.zip"] == [file.name for file in tmp_path.iterdir()]
    assert ((), True, 1) == (listing.problems, listing.complete, len(listing.remarks))


def test_two_exports_in_one_zip_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    """The same name cannot stand twice in one export; what is said of each names its folder."""
    members = {"new/part_000000.csv": rows(0, 2), "old/part_000000.csv": rows(1, 3), "../part_000000.csv": rows(2, 4)}
    listing = read(write(tmp_path, "both.zip", pack(members)))

    assert ([0, 1, 2, 3], True) == ([int(one.url.rpartition("/")[2]) for one in listing.bookmarks], listing.complete)
    assert [
        "old in both.zip: 2 pages, 1 of them joined with a save, 1 only there.",
        ".. in both.zip: 2 pages, 1 of them joined with a save, 1 only there.",
    ] == [remark for remark in listing.remarks if "joined" in remark]


@pytest.mark.parametrize("method", BOTH)
def test_of_a_zip_that_ends_early_every_whole_row_is_read(tmp_path: Path, method: int) -> None:
    """Pocket cannot be asked for another one. The row in which it ends is no row: its url may be cut."""
    whole = pack(two_parts(), method)
    path = write(tmp_path, "pocket.zip", whole[: whole.index(b"part_000001.csv") + 500])
    listing = read(path)

    assert [f"{URL}/{number}" for number in range(len(listing.entries))] == [one.url for one in listing.bookmarks]
    assert 400 < len(listing.entries) < 600
    last = len(listing.entries) - 400 + 1
    assert [
        ("pocket.zip", CUT),
        ("part_000001.csv", f"It is damaged after row {last}: it ends early; what stands before is read."),
    ] == listing.lost
    assert not any("zip" in remark or "part" in remark for remark in listing.remarks)


@pytest.mark.parametrize("method", BOTH)
def test_wherever_a_zip_ends_no_cut_member_is_taken_for_a_foreign_file(tmp_path: Path, method: int) -> None:
    """Its name may be cut, or its header, or too little of it may be left to tell what it is."""
    whole = pack(two_parts(), method)
    second = whole.index(b"PK\3\4", 4)
    third = whole.index(b"PK\3\4", second + 4)
    for end in (*range(second, second + 90, 7), *range(third, third + 90, 13)):
        listing = read(write(tmp_path, "pocket.zip", whole[:end]))
        assert ("pocket.zip", CUT) == listing.lost[0]
        assert {where for where, _ in listing.lost[1:]} <= {"part_000001.csv", "part_000000.json"}
        assert not any("ignored" in remark for remark in listing.remarks)

    after_name = second + 30 + len("part_000001.csv")
    named = read(write(tmp_path, "pocket.zip", whole[:after_name]))
    assert [("pocket.zip", CUT), ("part_000001.csv", TOO_LITTLE)] == named.lost
    assert [("pocket.zip", CUT)] == read(write(tmp_path, "pocket.zip", whole[: after_name - 1])).lost


def test_a_broken_quote_before_the_damage_costs_no_further_row(tmp_path: Path) -> None:
    """The lines that it swallowed are given back, also where no more can be read."""
    rows_after = "".join(f"T{n},{URL}/{n},1500000000,,unread\n" for n in range(20))
    content = f'{HEADER}\n"oops,{URL}/oops,1,,unread\n{rows_after}'.encode()
    whole = pack({"part_000000.csv": content}, zipfile.ZIP_STORED)
    listing = read(write(tmp_path, "pocket.zip", whole[: whole.index(b"T19,") + 9]))

    assert [f"T{n}" for n in range(19)] == [bookmark.title for bookmark in listing.bookmarks]
    assert ["pocket.zip", "part_000000.csv row 2", "part_000000.csv"] == [one.where for one in listing.problems]
    assert "It is damaged after row 21: it ends early; what stands before is read." == listing.lost[-1][1]


@pytest.mark.parametrize("method", BOTH)
def test_a_zip_without_its_directory_is_read_whole(tmp_path: Path, method: int) -> None:
    """Only the list of members at the end is gone, and they are found by their own headers."""
    whole = pack({"docs/": b"", **two_parts()}, method)
    listing = read(write(tmp_path, "pocket.zip", whole[: whole.index(b"PK\1\2")]))

    assert (600, ["q"]) == (len(listing.entries), [mark.quote for mark in listing.bookmarks[1].highlights])
    assert not listing.complete


def test_members_with_sizes_behind_them_are_found_again(tmp_path: Path) -> None:
    """A packer that writes as it goes puts the sizes behind each member, as Pocket's did."""
    path = tmp_path / "pocket.zip"
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in two_parts().items():
            archive.writestr(name, data)
    with os.fdopen(reading, "rb") as stream:
        streamed = stream.read()
    path.write_bytes(streamed[: streamed.index(b"PK\1\2")])

    assert 600 == len(read(path).entries)


def test_a_missing_part_is_named_by_the_numbering(tmp_path: Path) -> None:
    """People unpack a zip, pick some parts and lose the rest."""
    members = {f"part_{number:06}.csv": rows(number, number + 1) for number in (1, 3, 12)}
    listing = read(write(tmp_path, "pocket.zip", pack(members)))

    names = "part_000000.csv, part_000002.csv, part_000004.csv, part_000005.csv, part_000006.csv and 5 more"
    assert [("pocket.zip", f"By the numbering, it lacks {names}; what is here is read.")] == listing.lost


def test_a_member_whose_checksum_is_wrong_is_told(tmp_path: Path) -> None:
    """What was read of it before stands, and the other parts are read."""
    data = bytearray(pack(two_parts(), zipfile.ZIP_STORED))
    place = data.index(b"Title 399")
    data[place : place + 5] = b"Titel"
    listing = read(write(tmp_path, "pocket.zip", bytes(data)))

    why = "It is damaged after row 401: its checksum is wrong, so some of it may be wrong; what stands before is read."
    assert [("part_000000.csv", why)] == listing.lost
    assert ("Titel 399", 600) == (listing.bookmarks[399].title, len(listing.entries))


@pytest.mark.parametrize("content", [b"PK\3\4", b"PK\3\4" + b"\0" * 60, b"PK\5\6"])
def test_a_zip_of_which_nothing_is_left_is_refused(tmp_path: Path, content: bytes) -> None:
    """There is nothing to be found again."""
    with pytest.raises(InputError, match=r"pocket\.zip is a damaged zip"):
        read(write(tmp_path, "pocket.zip", content))


def test_a_zip_without_anything_of_pocket_is_refused(tmp_path: Path) -> None:
    """An empty zip is one of them."""
    for name, members in (("empty.zip", {}), ("docs.zip", {"word/document.xml": b"<w:document/>"})):
        with pytest.raises(InputError, match=f"{name} holds nothing of Pocket"):
            read(write(tmp_path, name, pack(members)))


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    """A member of zeros is packed a thousand times, and no export is packed two hundred times."""
    bomb = pack({"part_000000.csv": HEADER.encode() + b"\n" + b"0" * (1 << 25)})

    with pytest.raises(InputError, match="absurd size"):
        read(write(tmp_path, "bomb.zip", bomb))


def test_a_zip_bomb_without_a_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its members do not say their sizes, so they are measured, and no further than the limit."""
    monkeypatch.setattr(pocket_zip, "MOST_BYTES", 1 << 20)
    bomb = pack({"part_000000.csv": b"0" * (1 << 22)})

    with pytest.raises(InputError, match="absurd size"):
        read(write(tmp_path, "bomb.zip", bomb[: bomb.index(b"PK\1\2")]))


@pytest.mark.parametrize("limit", ["MOST_MEMBERS", "MOST_BYTES"])
@pytest.mark.parametrize("directory", [True, False])
def test_a_zip_of_too_many_members_or_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, directory: bool
) -> None:
    """Each of them may be small, and the directory may be gone."""
    whole = pack(two_parts())
    path = write(tmp_path, "pocket.zip", whole if directory else whole[: whole.index(b"PK\1\2")])
    monkeypatch.setattr(pocket_zip, limit, 2)

    with pytest.raises(InputError, match="absurd size"):
        read(path)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    """The remedy is to unpack it."""
    data = bytearray(pack({"part_000000.csv": rows(0, 1)}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + offset] |= 1

    with pytest.raises(InputError, match="encrypted"):
        read(write(tmp_path, "pocket.zip", bytes(data)))


def test_a_zip_packed_by_another_method_is_refused(tmp_path: Path) -> None:
    """Pocket deflated, and people who pack again mostly do."""
    with pytest.raises(InputError, match="packed in an unusual way"):
        read(write(tmp_path, "pocket.zip", pack({"part_000000.csv": rows(0, 1)}, zipfile.ZIP_BZIP2)))


def test_the_old_html_in_a_zip_that_ends_early_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """The link in which it ends is no link."""
    html = "<title>Pocket Export</title><h1>Unread</h1><ul>" + "".join(
        f'<li><a href="{URL}/{n}" time_added="1500000000" tags="">A{n}</a></li>\n' for n in range(100)
    )
    whole = pack({"ril_export.html": html.encode()}, zipfile.ZIP_STORED)
    listing = read(write(tmp_path, "old.zip", whole[:3000]))

    assert [f"{URL}/{number}" for number in range(len(listing.entries))] == [one.url for one in listing.bookmarks]
    why = f"It is damaged after link {len(listing.entries)}: it ends early; what stands before is read."
    assert [("old.zip", CUT), ("ril_export.html", why)] == listing.lost
    assert 0 < len(listing.entries) < 100


def test_a_zip_of_the_old_html_or_of_a_dump_is_read(tmp_path: Path) -> None:
    """People packed what they had."""
    html = b'<title>Pocket Export</title><h1>Unread</h1><a href="https://example.com/b" time_added="1" tags="">B</a>'
    dump = json.dumps([{"item_id": "1", "given_url": URL, "time_added": "1"}]).encode()
    listing = read(write(tmp_path, "old.zip", pack({"ril_export.html": html, "all/dump.json": dump})))

    assert [URL, "https://example.com/b"] == [bookmark.url for bookmark in listing.bookmarks]


@pytest.mark.parametrize("date", [(1980, 1, 1, 0, 0, 0), (1980, 0, 0, 0, 0, 0)])
def test_a_member_without_a_date_speaks_for_no_time(tmp_path: Path, date: tuple[int, ...]) -> None:
    """Some packers write the first day of 1980, or a day that never was."""
    path = tmp_path / "pocket.zip"
    info = zipfile.ZipInfo("part_000000.csv")
    info.date_time = date  # type: ignore[assignment]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, rows(0, 1))
    (source,), whole = pocket_zip.members(path)

    assert (source.made, whole) == (None, True)


def test_a_member_that_is_longer_than_it_says_is_damaged(tmp_path: Path) -> None:
    """The directory's size is what a zip bomb is judged by, so no more than that is read."""
    data = bytearray(pack({"part_000000.csv": rows(0, 300), "part_000001.csv": rows(300, 301)}))
    struct.pack_into("<L", data, data.index(b"PK\1\2") + 24, 5000)
    listing = read(write(tmp_path, "pocket.zip", bytes(data)))

    ((where, why),) = listing.lost
    assert ("part_000000.csv", True) == (where, "it is longer than it says" in why)
    assert listing.bookmarks[-1].url == f"{URL}/300"


def test_a_member_that_cannot_be_read_at_all_is_told(tmp_path: Path) -> None:
    """It may have been a part, so it is not passed over like a foreign file, nor said to be missing as well."""
    data = bytearray(pack(two_parts() | {"part_000002.csv": rows(600, 700)}))
    data[data.index(b"PK\3\4", 4)] = 0
    listing = read(write(tmp_path, "pocket.zip", bytes(data)))

    assert [("part_000001.csv", TOO_LITTLE)] == listing.lost
    assert 500 == len(listing.entries)


def test_a_header_that_hides_its_size_ends_the_search(tmp_path: Path) -> None:
    """Stored members with sizes behind them cannot be told from what follows, so nothing is guessed."""
    first = pack({"part_000000.csv": rows(0, 2)}, zipfile.ZIP_STORED)
    second = bytearray(pack({"part_000001.csv": rows(2, 4)}, zipfile.ZIP_STORED))
    struct.pack_into("<H", second, 6, 8)
    listing = read(write(tmp_path, "x.zip", first[: first.index(b"PK\1\2")] + second[: second.index(b"PK\1\2")]))

    assert [f"{URL}/0", f"{URL}/1"] == [bookmark.url for bookmark in listing.bookmarks]


WHOLE = {method: pack(two_parts(), method) for method in BOTH}


@given(st.sampled_from(BOTH), st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=8), st.data())
def test_no_damage_is_worse_than_a_refusal(method: int, flips: list[tuple[int, int]], data: st.DataObject) -> None:
    """Whatever bytes are wrong or missing, a zip is read as far as it can be, or refused in a sentence."""
    damaged = bytearray(WHOLE[method])
    for place, value in flips:
        damaged[4 + place % (len(damaged) - 4)] = value  # what it is must stay
    length = data.draw(st.integers(4, len(damaged)) | st.just(len(damaged)))
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "pocket.zip", bytes(damaged[:length]))
        try:
            outcome = read(path).complete
        except InputError as error:
            outcome = not error.remedy

        assert outcome <= (length == len(damaged))
