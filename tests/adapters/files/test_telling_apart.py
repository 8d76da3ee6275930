"""Files are told apart by content, never by name: each by its own reader and by no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import JSONL, NETSCAPE, PINBOARD_BACKUP, POCKET_EXPORT
from bridge.model.adapter import Spec
from bridge.model.bookmark import Bookmark
from bridge.model.operation import Add
from tests.adapters.files.file_reading import opened, read

SPECS = (JSONL, NETSCAPE, PINBOARD_BACKUP, POCKET_EXPORT)
LONG = "x" * 100_000


def readers(path: Path) -> list[str]:
    """Return the names of the formats that recognise a file."""
    return [spec.name for spec in SPECS if spec.recognises is not None and spec.recognises(str(path))]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ('{"bookmark-bridge": 1}\n', ["jsonl"]),
        ('\ufeff\n { "bookmark-bridge":2}', ["jsonl"]),
        ('{"url": "u"}\n', []),
        ("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE>", ["netscape"]),
        ('<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><DT><A HREF="u" time_added="1">', ["netscape"]),
        ("\ufeff<!doctype netscape-bookmark-file-1>\n<DL>", ["netscape"]),
        ("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Pinboard Bookmarks</TITLE>", ["pinboard-backup"]),
        ('<!DOCTYPE html><title>Pocket Export</title><li><a href="u" time_added="1">', ["pocket-export"]),
        ("<!DOCTYPE html><p>Hello", []),
        ('[{"href":"u","description":"d"}]', ["pinboard-backup"]),
        (f'[{{"description":"{LONG[:9000]}","href":"u"}}]', ["pinboard-backup"]),
        (f'[{{"href":"u","extended":"{LONG}"}}]', ["pinboard-backup"]),
        ("[]\n", ["pinboard-backup"]),
        ("[", []),
        ("[1, 2]", []),
        ('[{"link":{"href":"u"}}]', []),
        (f'[{{"other":"{LONG}"}}]', []),
        ('[{"item_id":"1","given_url":"u","note":"\\"href\\":"}]', ["pocket-export"]),
        ('{"list":{"1":{"item_id":"1"}}}', ["pocket-export"]),
        ('<?xml version="1.0" encoding="UTF-8"?>\n<posts user="u"><post href="u"/></posts>', ["pinboard-backup"]),
        ("<!-- saved --><posts/>", ["pinboard-backup"]),
        ("<postscript>", []),
        ("title,url,time_added,tags,status\n", ["pocket-export"]),
        ("", []),
        ("%PDF-1.4", []),
    ],
)
def test_content_decides(content: str, names: list[str], tmp_path: Path) -> None:
    """The name says nothing, and at most one reader answers."""
    path = tmp_path / "file.txt"
    path.write_text(content)

    assert readers(path) == names


@pytest.mark.parametrize("spec", SPECS[:3])
def test_what_is_written_is_recognised(spec: Spec, tmp_path: Path) -> None:
    """A file of ours is read by the format that wrote it, with and without bookmarks in it."""
    path = tmp_path / "file"
    account = opened(spec, path, target=True)
    list(account.push([Add(Bookmark("u", note='"item_id": <TITLE>Pinboard Bookmarks</TITLE>'))]))

    assert readers(path) == [spec.name]


def test_a_folder_and_a_missing_file_are_no_ones(tmp_path: Path) -> None:
    """Nothing is raised for what cannot be read."""
    assert readers(tmp_path) == []
    assert readers(tmp_path / "missing") == []


def test_reading_the_specs_imports_no_reader() -> None:
    """What can be read is known before anything is opened: no XML, no zip, no reader is loaded."""
    code = "import sys, adapters.files; print([name for name in sys.modules if name.startswith(('lxml', 'adapters.'))])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout == "['adapters.files']\n"


@pytest.mark.parametrize(
    ("spec", "start"),
    [
        (JSONL, b'{"bookmark-bridge": 1}\n{"url": "u", "title": "'),
        (NETSCAPE, b'<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><DT><A HREF="u">'),
        (PINBOARD_BACKUP, b'[{"href": "u"},\n{"href": "v", "time": "'),
        (PINBOARD_BACKUP, b'<posts><post href="u"/><post href="v" time="'),
    ],
)
@given(rest=st.binary(max_size=60))
def test_no_bytes_crash_a_reader(
    spec: Spec, start: bytes, rest: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However a file goes on, reading it ends, and a listing without problems is complete."""
    listing = read(spec, tmp_path_factory.getbasetemp() / "any", start + rest)

    assert listing.complete == all(problem.url is not None for problem in listing.problems)
    assert listing.entries or listing.problems
