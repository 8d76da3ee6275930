"""The old export of Pocket's web site."""

from __future__ import annotations

import html
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files.pocket_html import MOST_LINKS
from adapters.files.pocket_record import real_title
from bridge.model.bookmark import unique
from bridge.model.receipt import Loss
from tests.adapters.files.pocket_reading import URL, read, write

TOP = """<!DOCTYPE html>
<html>
\t<!--So long and thanks for all the fish-->
\t<head><meta charset="utf-8"><title>Pocket Export</title></head>
\t<body>
\t\t<h1>Unread</h1>
"""


def page(unread: str, archive: str = "") -> str:
    """Return the file with links under its two headings."""
    return f"{TOP}<ul>\n{unread}</ul>\n\n\t\t<h1>Read Archive</h1>\n\t\t<ul>\n{archive}</ul>\n\t</body>\n</html>\n"


def link(url: str, title: str, tags: str = "", added: str = "1500000000") -> str:
    """Return a link as Pocket wrote it."""
    return f'<li><a href="{url}" time_added="{added}" tags="{tags}">{title}</a></li>\n'


def test_links_become_bookmarks_and_the_headings_tell_what_was_read(tmp_path: Path) -> None:
    """Tags are joined by a comma here, and the heading is the only sign of the read state."""
    content = page(link(URL, "A &quot;title&quot;, it&#039;s", "one,two words"), link(f"{URL}/b", f"{URL}/b"))
    listing = read(write(tmp_path, "ril_export.html", content))

    first, second = listing.bookmarks
    assert ('A "title", it\'s', ("one", "two words"), True) == (first.title, first.tags, first.unread)
    assert ("", (), False) == (second.title, second.tags, second.unread)
    assert datetime(2017, 7, 14, 2, 40, tzinfo=UTC) == first.added
    assert listing.complete


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("?a=1&amp;b=2", "?a=1&b=2"),
        ("?a=1&b=2", "?a=1&b=2"),
        ("?a=1&copy=2&lt=3", "?a=1&copy=2&lt=3"),
        ("?a=&", "?a=&"),
    ],
)
def test_an_ampersand_that_was_not_escaped_stands_for_itself(tmp_path: Path, written: str, url: str) -> None:
    """One raw & in an href was seen; what follows it is a parameter and no sign of HTML."""
    assert URL + url == read(write(tmp_path, "x.html", page(link(URL + written, "A")))).only.url


def test_a_bad_date_and_a_missing_url_are_told_with_the_number_of_the_link(tmp_path: Path) -> None:
    """Links are numbered through the file."""
    content = page(link(URL, "A", added=""), '<li><a time_added="1">B</a></li>')
    listing = read(write(tmp_path, "ril_export.html", content))

    assert (Loss(url=URL, field="added", wanted="'' (ril_export.html link 1)"),) == listing.losses
    assert ["ril_export.html link 2"] == [problem.where for problem in listing.problems]
    assert not listing.complete


def test_a_file_with_five_thousand_links_is_perhaps_cut(tmp_path: Path) -> None:
    """Pocket's web site is said to have listed no more."""
    links = "".join(link(f"{URL}/{number}", "A") for number in range(MOST_LINKS))
    listing = read(write(tmp_path, "ril_export.html", page(links)))

    assert (MOST_LINKS, False) == (len(listing.entries), listing.complete)
    assert "it is perhaps cut" in listing.remark("5,000")


def test_bytes_that_are_not_utf8_are_a_loss_with_the_number_of_the_link(tmp_path: Path) -> None:
    """The link stays, with what could be read of its title."""
    content = page(link(URL, "caf@", "one")).encode().replace(b"@", b"\xe9")
    listing = read(write(tmp_path, "ril_export.html", content))

    wanted = "text whose bytes are not UTF-8 (ril_export.html link 1)"
    assert (Loss(url=URL, field="title", wanted=wanted, kept="caf\ufffd"),) == listing.losses


def test_links_before_any_heading_are_unread(tmp_path: Path) -> None:
    """An unknown read state is unread."""
    assert read(write(tmp_path, "x.html", link(URL, "A"))).only.unread


words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\ufffe\uffff"), max_size=20)


@given(st.lists(st.tuples(words, words, words), max_size=4))
def test_what_pocket_escaped_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    """Only & and quotes were escaped on purpose; < and > are so here, as no page could be read otherwise."""
    links = "".join(
        link(html.escape(f"{URL}/{path}"), html.escape(title), html.escape(tags)) for path, title, tags in rows
    )
    with tempfile.TemporaryDirectory() as folder:
        listing = read(write(Path(folder), "ril_export.html", page(links)))

    assert [
        (f"{URL}/{path}", real_title(title, f"{URL}/{path}"), unique(map(str.strip, tags.split(","))))
        for path, title, tags in rows
    ] == [(one.url, one.title, one.tags) for one in listing.bookmarks]
