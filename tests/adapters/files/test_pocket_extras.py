"""Highlights and shared lists of an export."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.model.bookmark import Highlight
from bridge.model.errors import InputError
from tests.adapters.files.pocket_reading import URL, Listing, export, read, write

ROW = f"A,{URL},1500000000,,unread"


def marked(folder: Path, *pages: object) -> Listing:
    """Read an export of one row with an `annotations` folder."""
    export(folder, ROW)
    write(folder, "annotations/part_000007.json", json.dumps(pages))
    return read(folder)


def page(url: str, *quotes: str) -> dict[str, Any]:
    """Return the highlights of a page, as the export writes them."""
    marks = [{"quote": quote, "created_at": 1741000000 + number} for number, quote in enumerate(quotes)]
    return {"url": url, "title": "Whatever", "highlights": marks}


def listed(folder: Path, *items: object, **fields: object) -> Listing:
    """Read an export of one row with a shared list."""
    export(folder, ROW)
    document = {"slug": "trains", "title": "Trains", "description": None, "createdAt": "2024-05-01", "items": items}
    write(folder, "collections/trains.json", json.dumps(document | fields))
    return read(folder)


def item(url: str, note: str | None) -> dict[str, object]:
    """Return an item of a shared list."""
    return {"url": url, "title": "Whatever", "excerpt": "An excerpt", "note": note}


def test_highlights_go_to_the_save_of_their_url(tmp_path: Path) -> None:
    """Their times are true seconds of UTC, and their order is kept."""
    listing = marked(tmp_path, page(URL, "Two\nlines", "One"))

    first, second = (datetime(2025, 3, 3, 11, 6, 40 + number, tzinfo=UTC) for number in (0, 1))
    assert (Highlight("Two\nlines", first), Highlight("One", second)) == listing.only.highlights
    assert ("A", True) == (listing.only.title, listing.complete)
    assert "part_000007.json: 1 page, 1 of them joined with a save, 0 only there." in listing.remarks


def test_empty_highlights_are_dropped_and_counted(tmp_path: Path) -> None:
    """Some quotes are empty, and a page may have only such."""
    listing = marked(tmp_path, page(URL, "", "One", "  "), page(f"{URL}/b", ""))

    assert ["One"] == [mark.quote for mark in listing.only.highlights]
    assert "part_000007.json: 3 empty highlights left out." == listing.remark("empty")
    assert () == listing.problems


def test_highlights_of_an_unknown_page_are_a_problem_with_all_their_text(tmp_path: Path) -> None:
    """Nothing is thrown away: what cannot be joined stands in the report."""
    listing = marked(tmp_path, page(URL, "One"), page(f"{URL}/gone", "Two", "Three"))

    (problem,) = listing.problems
    assert ("part_000007.json entry 2", f"{URL}/gone") == (problem.where, problem.url)
    assert "'Two'; 'Three'" in problem.why
    assert listing.complete


def test_entries_that_are_none_are_problems(tmp_path: Path) -> None:
    """A page without a url or without a list, and what is no page."""
    listing = marked(tmp_path, page(URL, "One"), page("", "Two"), {"url": URL, "highlights": None}, 5)

    assert [
        ("part_000007.json entry 2", None),
        ("part_000007.json entry 3", URL),
        ("part_000007.json entry 4", None),
    ] == [(problem.where, problem.url) for problem in listing.problems]
    assert not listing.complete


def test_a_damaged_file_of_highlights_does_not_stop_the_saves(tmp_path: Path) -> None:
    """It is a problem of its own, by which nobody knows how much is lost."""
    export(tmp_path, ROW)
    write(tmp_path, "annotations/part_000000.json", json.dumps([page(URL, "One")])[:-5])
    listing = read(tmp_path)

    assert ["part_000000.json"] == [where for where, _ in listing.lost] == [one.where for one in listing.problems]
    assert "A" == listing.only.title


def test_an_empty_chunk_of_highlights_is_no_foreign_file(tmp_path: Path) -> None:
    """Chunks follow the list, so one may hold nothing."""
    listing = marked(tmp_path)

    assert not any("ignored" in remark for remark in listing.remarks)


def test_a_note_in_a_shared_list_goes_to_the_save_of_its_url(tmp_path: Path) -> None:
    """The url may be spelled otherwise; what stays behind of the list is said once."""
    listing = listed(tmp_path, item("HTTPS://EXAMPLE.com/a", " Read it "), item(URL, None), item(URL, "Twice"))

    assert "Twice\n\nRead it" == listing.only.note
    assert "1 shared list ('Trains'): notes go to the saves" in listing.remark("excerpts are not carried")


def test_an_item_of_a_list_that_was_not_saved_is_a_problem(tmp_path: Path) -> None:
    """It was in a list, not among the saves: importing it would be a guess."""
    listing = listed(tmp_path, item(f"{URL}/b", None), item(f"{URL}/c", "Mine"))

    assert [
        ("trains.json item 1", f"{URL}/b", "It is only in the shared list 'Trains', not among the saves."),
        (
            "trains.json item 2",
            f"{URL}/c",
            "It is only in the shared list 'Trains', not among the saves. Its note there: 'Mine'.",
        ),
    ] == [(problem.where, problem.url, problem.why) for problem in listing.problems]
    assert (1, True) == (len(listing.entries), listing.complete)


def test_an_item_without_a_url_is_a_problem(tmp_path: Path) -> None:
    """It names its list."""
    listing = listed(tmp_path, {"title": "Nothing"})

    assert "An item of the shared list 'Trains' has no url." == listing.problems[0].why


def test_an_empty_list_says_only_that_it_was_there(tmp_path: Path) -> None:
    """Lists may be empty, and untitled."""
    listing = listed(tmp_path, title=None)

    assert () == listing.problems
    assert "1 shared list ('trains')" in listing.remark("shared list (")


@pytest.mark.parametrize("name", ["annotations", "collections"])
def test_what_belongs_to_saves_is_refused_without_them(tmp_path: Path, name: str) -> None:
    """Highlights and notes alone are no bookmarks; the remedy names the export."""
    listed(tmp_path, item(URL, "Note"))
    marked(tmp_path, page(URL, "One"))

    with pytest.raises(InputError, match="belongs to the saves of an export"):
        read(tmp_path / name)
