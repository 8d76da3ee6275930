"""Our own lossless format."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import JSONL, jsonl
from bridge.model.bookmark import Bookmark, Highlight
from bridge.model.errors import InputError
from bridge.model.receipt import Loss
from tests.adapters.files.file_reading import ANY_TEXT, URL, bookmarks, listed, opened, read

HEADER = '{"bookmark-bridge": 1}\n'


@given(st.lists(bookmarks(ANY_TEXT, ANY_TEXT), max_size=5))
def test_every_field_of_every_bookmark_survives(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[Bookmark]
) -> None:
    """What is read is what was written: all fields, microseconds, control characters, halves of surrogate pairs."""
    path = tmp_path_factory.getbasetemp() / "law.jsonl"
    path.write_bytes(b"".join(jsonl.encode(wanted)))

    assert list(jsonl.decode(path)) == list(map(jsonl.project, wanted))


@given(bookmarks(st.text(max_size=30), st.text(max_size=9)))
def test_the_format_holds_all_that_is_text(wanted: Bookmark) -> None:
    """The projection changes nothing in a bookmark of whole characters."""
    assert jsonl.project(wanted) == wanted


def test_two_halves_of_a_surrogate_pair_become_their_character() -> None:
    """JSON cannot tell them apart, so this is what the file will give."""
    assert jsonl.project(Bookmark("u", title="\ud83d\ude00 \ud83d")).title == "\U0001f600 \ud83d"


def test_the_file_is_a_header_and_a_line_for_each_bookmark() -> None:
    """Times are in UTC, every field is there, and text is readable as it is."""
    berlin = timezone(timedelta(hours=1))
    bookmark = Bookmark(
        URL, "Tïtle", "n", ("a", "b"), datetime(2020, 1, 1, 1, tzinfo=berlin), highlights=(Highlight("q"),)
    )

    lines = b"".join(jsonl.encode([bookmark])).decode().splitlines()

    assert lines[0] == '{"bookmark-bridge": 1}'
    assert "Tïtle" in lines[1]
    assert json.loads(lines[1]) == {
        "url": URL,
        "title": "Tïtle",
        "note": "n",
        "tags": ["a", "b"],
        "added": "2020-01-01T00:00:00Z",
        "unread": True,
        "favorite": False,
        "private": True,
        "highlights": [{"quote": "q", "created": None}],
    }


def test_only_the_url_is_needed(tmp_path: Path) -> None:
    """Fields that a line does not have keep the model's defaults; blank lines and CRLF are no bookmarks."""
    listing = read(JSONL, tmp_path / "a.jsonl", HEADER + f'\r\n{{"url": "{URL}"}}\r\n\n')

    assert listing.bookmarks == [Bookmark(URL)]
    assert (listing.problems, listing.complete) == ((), True)


@pytest.mark.parametrize("header", ["", "\n", "[1]\n", "7\n", '{"url": "u"}\n', "not json\n"])
def test_a_file_without_the_header_is_not_ours(header: str, tmp_path: Path) -> None:
    """Another kind of file is refused, not read as empty."""
    with pytest.raises(InputError, match="does not begin"):
        read(JSONL, tmp_path / "a.jsonl", header)


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    """What a later program wrote may hold what this one would lose."""
    with pytest.raises(InputError, match=r"version 2 .*Update"):
        read(JSONL, tmp_path / "a.jsonl", '{"bookmark-bridge": 2}\n')


@pytest.mark.parametrize(
    ("line", "why", "url"),
    [
        ('{"url": "u", "title"', "not JSON", None),
        ("[" * 100_000, "not JSON", None),
        ("[1]", "not a JSON object", None),
        ('{"title": "t"}', "no url", None),
        ('{"url": ""}', "no url", None),
        ('{"url": 7}', "'url' is not a text", None),
        ('{"url": "u", "title": null}', "'title' is not a text", "u"),
        ('{"url": "u", "unread": 1}', "'unread' is neither true nor false", "u"),
        ('{"url": "u", "tags": "a"}', "'tags' is not a list", "u"),
        ('{"url": "u", "tags": [1]}', "'tags' is not a text", "u"),
        ('{"url": "u", "added": "yesterday"}', "'added' is not a time", "u"),
        ('{"url": "u", "added": "2020-01-01T00:00:00"}', "'added' is not a time", "u"),
        ('{"url": "u", "added": "0001-01-01T00:00:00+05:00"}', "'added' is not a time", "u"),
        ('{"url": "u", "added": 7}', "'added' is not a time", "u"),
        ('{"url": "u", "highlights": ["q"]}', "'highlights' holds something else", "u"),
        ('{"url": "u", "highlights": [{"quote": "q", "color": "red"}]}', "'highlights' holds something else", "u"),
        ('{"url": "u", "highlights": [{}]}', "'quote' is not a text", "u"),
    ],
)
def test_a_broken_line_is_a_problem_with_its_number(line: str, why: str, url: str | None, tmp_path: Path) -> None:
    """The lines around it are read; the listing is incomplete only if the line names no url."""
    listing = read(JSONL, tmp_path / "a.jsonl", f'{HEADER}{{"url": "before"}}\n{line}\n{{"url": "after"}}\n')

    (problem,) = listing.problems
    assert problem.where == "a.jsonl line 3"
    assert why in problem.why
    assert problem.url == url
    assert [bookmark.url for bookmark in listing.bookmarks] == ["before", "after"]
    assert listing.complete == (url is not None)


def test_unknown_keys_are_named_once(tmp_path: Path) -> None:
    """A source is read without them, and a remark counts them."""
    lines = '{"url": "u", "stars": 5}\n{"url": "v", "stars": 4, "x": 0}\n'

    listing = read(JSONL, tmp_path / "a.jsonl", '{"bookmark-bridge": 1, "by": "me"}\n' + lines)

    assert listing.bookmarks == [Bookmark("u"), Bookmark("v")]
    assert listing.remarks == (
        "Left behind, since a bookmark has no place for it: the key 'by' (1), the key 'stars' (2), the key 'x' (1).",
    )


@pytest.mark.parametrize("line", [b'{"url": "u", "stars": 5}', b"{", b'{"url": "u", "title": "\xff"}'])
def test_a_target_that_cannot_be_kept_whole_is_refused(line: bytes, tmp_path: Path) -> None:
    """The refusal names the first such place and the way out, and the file is not touched."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER.encode() + b'{"url": "fine"}\n' + line + b"\n")
    before = path.read_bytes()

    with pytest.raises(InputError, match=r"a\.jsonl .*line 3.* Name a new file"):
        listed(opened(JSONL, path, target=True))

    assert path.read_bytes() == before


def test_bytes_that_are_not_utf8_are_listed_and_replaced(tmp_path: Path) -> None:
    """The record is kept; each field that lost something is a loss with its place. Escaped halves are no damage."""
    line = rb'{"url": "u", "title": "caf\xe9", "tags": ["\xff"], "highlights": [{"quote": "\xfe"}], "note": "\\ud800"}'
    raw = line.replace(rb"\xe9", b"\xe9").replace(rb"\xff", b"\xff").replace(rb"\xfe", b"\xfe").replace(rb"\\u", rb"\u")

    listing = read(JSONL, tmp_path / "a.jsonl", HEADER.encode() + raw + b"\n")

    assert listing.only == Bookmark(
        "u", title="caf\ufffd", note="\ud800", tags=("\ufffd",), highlights=(Highlight("\ufffd"),)
    )
    assert listing.losses == (
        Loss("u", "title", r"a.jsonl line 2: caf\xe9", "caf\ufffd"),
        Loss("u", "tags", r"a.jsonl line 2: \xff", "\ufffd"),
        Loss("u", "highlights", r"a.jsonl line 2: \xfe", "\ufffd"),
    )


def test_an_empty_url_cannot_be_written() -> None:
    """It could not be read again."""
    with pytest.raises(ValueError, match="without an address"):
        jsonl.project(attrs.evolve(Bookmark("u"), url=""))


def test_times_keep_their_microseconds(tmp_path: Path) -> None:
    """Nothing of a time is lost."""
    path = tmp_path / "a.jsonl"
    wanted = Bookmark("u", added=datetime(2020, 1, 1, 0, 0, 0, 1, tzinfo=UTC))
    path.write_bytes(b"".join(jsonl.encode([wanted])))

    assert listed(opened(JSONL, path)).only == wanted
