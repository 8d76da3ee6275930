"""The bookmarks.html of browsers and services."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import NETSCAPE, netscape
from adapters.files.netscape_tags import tags
from bridge.model.bookmark import Bookmark, Field
from bridge.model.errors import InputError
from bridge.model.receipt import Loss
from tests.adapters.files.file_reading import ANY_TEXT, URL, Listing, bookmarks, listed, opened, read

TOP = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<META CHARSET=UTF-8>\n<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n"

FIREFOX = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<!-- This is an automatically generated file.
     It will be read and overwritten.
     DO NOT EDIT! -->
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'"></meta>
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks Menu</H1>

<DL><p>
    <DT><A HREF="https://example.com/one" ADD_DATE="1600000000" LAST_MODIFIED="1" TAGS="r&amp;d,long tail">One</A>
    <DD>A description
of two lines
    <HR>    <DT><H3 ADD_DATE="1600000000" PERSONAL_TOOLBAR_FOLDER="true">Lesezeichen-Symbolleiste</H3>
    <DD>Add bookmarks to this folder
    <DL><p>
        <DT><H3>Cooking &amp; food</H3>
        <DL><p>
            <DT><A HREF="https://example.com/two?a=1&copy=2" ICON="data:image/png;base64,AAAA" SHORTCUTURL="kw">Two</A>
            <DT><H3>Bread</H3>
            <DL><p>
                <DT><A HREF="https://example.com/three">Three</A>
            </DL><p>
        </DL><p>
        <DT><A HREF="place:sort=8" ADD_DATE="1600000000">Most visited</A>
        <DT><A FEEDURL="https://example.com/feed" HREF="https://example.com/blog">Live</A>
    </DL><p>
    <DT><H3>Other Bookmarks</H3>
    <DL><p>
        <DT><A HREF="https://example.com/four">Four</A>
    </DL><p>
</DL>
"""


def links(tmp_path: Path, *lines: str, top: str = TOP) -> Listing:
    """Read a file whose only list has these lines."""
    return read(NETSCAPE, tmp_path / "b.html", f"{top}<DL><p>\n{chr(10).join(lines)}\n</DL><p>\n")


def writable(bookmark: Bookmark) -> bool:
    """Tell whether a bookmark has texts that UTF-8 can hold."""
    texts = (bookmark.url, bookmark.title, bookmark.note, *bookmark.tags)
    return not any("\ud800" <= character <= "\udfff" for text in texts for character in text)


TAGS = ANY_TEXT.map(lambda text: text.replace(",", ";"))


@given(st.lists(bookmarks(ANY_TEXT, TAGS).filter(writable), max_size=5))
def test_what_is_written_comes_back_as_projected(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[Bookmark]
) -> None:
    """Blanks at the ends, control characters, carriage returns and markup survive our own round trip."""
    path = tmp_path_factory.getbasetemp() / "law.html"
    path.write_bytes(b"".join(netscape.encode(map(netscape.project, wanted))))

    assert list(netscape.decode(path)) == list(map(netscape.project, wanted))


@given(bookmarks(ANY_TEXT, TAGS).filter(writable))
def test_only_what_the_format_lacks_is_projected_away(wanted: Bookmark) -> None:
    """Favorites, highlights and parts of a second have no place; everything else stays."""
    kept = netscape.project(wanted)

    assert (kept.favorite, kept.highlights) == (False, ())
    assert kept.added == (wanted.added and wanted.added.replace(microsecond=0))
    assert all(kept.get(field) == wanted.get(field) for field in NETSCAPE.capabilities.sets - {Field.ADDED})


@given(
    st.lists(
        st.sampled_from(
            [
                "<DL><p>",
                "</DL>",
                "<DT>",
                '<A HREF="u">',
                "<A>",
                "<a href='v' tags=\"x,y\" ",
                ">",
                '"',
                "'",
                "</A>",
                "<DD>",
                "<HR>",
                "<H3>",
                "</H3>",
                "<TITLE>",
                "&amp;",
                "text",
                "\n",
                "<b>",
                "\udcff",
            ]
        ),
        max_size=30,
    )
)
def test_any_file_of_tags_is_read_without_a_crash(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    """Whatever the order of the tags, reading ends with bookmarks, problems or remarks."""
    path = tmp_path_factory.getbasetemp() / "any.html"
    path.write_text(TOP + "".join(pieces), encoding="utf-8", errors="surrogateescape")

    found = list(netscape.decode(path))

    text = path.read_text(encoding="utf-8", errors="replace")
    assert found or "<A" not in text.upper() or "<DD>" in text


def test_a_file_of_firefox(tmp_path: Path) -> None:
    """Folders are tags but for the roots; entities are resolved, and a raw `&copy` in an address is left alone."""
    path = tmp_path / "bookmarks.html"
    listing = read(NETSCAPE, path, FIREFOX)

    assert listing.bookmarks == [
        Bookmark(
            "https://example.com/one",
            title="One",
            note="A description\nof two lines",
            tags=("r&d", "long tail"),
            added=datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC),
        ),
        Bookmark("https://example.com/two?a=1&copy=2", title="Two", tags=("Cooking & food",)),
        Bookmark("https://example.com/three", title="Three", tags=("Cooking & food", "Bread")),
        Bookmark("https://example.com/four", title="Four"),
    ]
    assert [(problem.where, problem.url) for problem in listing.problems] == [
        ("bookmarks.html line 25", "place:sort=8"),
        ("bookmarks.html line 26", "https://example.com/blog"),
    ]
    assert listing.remarks == (
        "Left behind, since a bookmark has no place for it: the attribute LAST_MODIFIED (1), a separator (1), "
        "the description of a folder (1), the attribute ICON (1), the attribute SHORTCUTURL (1).",
    )
    assert listing.complete


def test_what_a_file_does_not_speak_of_is_not_read_from_it(tmp_path: Path) -> None:
    """A browser knows nothing of private or unread, so neither is among the fields that its file has."""
    path = tmp_path / "b.html"
    path.write_text(FIREFOX)
    browsers = opened(NETSCAPE, path).capabilities
    path.write_text(TOP + '<DL><DT><A HREF="u">t</A>\n<DT><A HREF="v" PRIVATE="0">t</A></DL>')
    shaarlis = opened(NETSCAPE, path).capabilities
    path.write_text(TOP + '<DL><DT><A HREF="v" PRIVATE="0" TOREAD="0">t</A></DL>')
    pinboards = opened(NETSCAPE, path).capabilities

    everything = NETSCAPE.capabilities.reads
    assert browsers.reads == everything - {Field.PRIVATE, Field.UNREAD}
    assert shaarlis.reads == everything - {Field.UNREAD}
    assert pinboards == NETSCAPE.capabilities


@pytest.mark.parametrize(
    ("attributes", "unread", "private"),
    [
        ('PRIVATE="0" TOREAD="0"', False, False),
        ('PRIVATE="1" TOREAD="1"', True, True),
        ("private=0 toread='0'", False, False),
        ("PRIVATE TOREAD=''", True, True),
        ("", True, True),
    ],
)
def test_unknown_privacy_is_private_and_unknown_read_state_unread(
    attributes: str, unread: bool, private: bool, tmp_path: Path
) -> None:
    """Only a plain 0 makes a bookmark public, or read."""
    bookmark = links(tmp_path, f'<DT><A HREF="{URL}" {attributes}>t</A>').only

    assert (bookmark.unread, bookmark.private) == (unread, private)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1600000000", datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)),
        ("1600000000123", datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)),
        ("1600000000123456", datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)),
        ("-86400", datetime(1969, 12, 31, tzinfo=UTC)),
        ("", None),
    ],
)
def test_dates_are_seconds_or_finer(text: str, wanted: datetime | None, tmp_path: Path) -> None:
    """Milliseconds and microseconds are told by their size."""
    listing = links(tmp_path, f'<DT><A HREF="{URL}" ADD_DATE="{text}">t</A>')

    assert listing.only.added == wanted
    assert listing.losses == ()


@pytest.mark.parametrize("text", ["yesterday", "0", "99999999999999999999", "1.5"])
def test_a_date_that_is_none_is_a_loss(text: str, tmp_path: Path) -> None:
    """The bookmark is kept without it; a browser's 0 is not 1970."""
    listing = links(tmp_path, f'<DT><A HREF="{URL}" ADD_DATE="{text}">t</A>')

    assert listing.only.added is None
    assert listing.losses == (Loss(URL, "added", f"b.html line 6: {text}"),)


def test_notes_may_hold_raw_markup(tmp_path: Path) -> None:
    """Links and quotes inside a note are text of the note, not bookmarks."""
    note = 'See <a href="x">this</a>, <title>a</title> & <blockquote>that</blockquote>'

    listing = links(tmp_path, '<DT><A HREF="u">t</A>', f"<DD>{note}", "</DD>", '<DT><A HREF="v">w</A>')

    assert [(bookmark.url, bookmark.note) for bookmark in listing.bookmarks] == [("u", note), ("v", "")]


def test_line_ends_of_windows_are_line_feeds(tmp_path: Path) -> None:
    """CRLF is how the file is laid out, not part of a text."""
    text = TOP + '<DL><p>\n<DT><A HREF="u">a\nb</A>\n<DD>c\nd\n</DL><p>\n'

    bookmark = read(NETSCAPE, tmp_path / "b.html", text.replace("\n", "\r\n")).only

    assert (bookmark.title, bookmark.note) == ("a\nb", "c\nd")


def test_references_are_resolved_where_they_are_ones(tmp_path: Path) -> None:
    """Numeric and named ones with a semicolon; anything else stays as it stands."""
    title = links(tmp_path, '<DT><A HREF="u">&eacute;&#233;&#xe9; &unknown; &region; AT&T &#xD800;</A>').only.title

    assert title == "ééé &unknown; &region; AT&T \ufffd"


def test_a_comma_separates_tags_even_as_a_reference(tmp_path: Path) -> None:
    """That is what HTML says of it, so no tag ever has a comma that writing would split."""
    assert links(tmp_path, '<DT><A HREF="u" TAGS="a&#44;b, c ,,a">t</A>').only.tags == ("a", "b", "c")


def test_the_tag_that_pinboard_adds_is_not_the_persons(tmp_path: Path) -> None:
    """Pinboard's own file says `toread` a second time as a tag; in every other file it is a tag."""
    line = '<DT><A HREF="u" TOREAD="1" TAGS="x,toread">t</A>'

    assert links(tmp_path, line).only.tags == ("x", "toread")
    assert [found.tags for found in netscape.decode(tmp_path / "b.html") if isinstance(found, Bookmark)] == [
        ("x", "toread")
    ]


def test_folders_that_are_no_roots_are_tags_wherever_they_are(tmp_path: Path) -> None:
    """The name of a root is a folder like any other further down."""
    listing = links(
        tmp_path,
        "<DT><H3>Bookmarks bar</H3>",
        "<DL><p>",
        "<DT><H3>Favorites</H3>",
        '<DL><p><DT><A HREF="u">t</A></DL>',
        "</DL>",
        '<DT><A HREF="v">t</A>',
    )

    assert [bookmark.tags for bookmark in listing.bookmarks] == [("Favorites",), ()]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["<DT><A>t</A>"], "a link without an address"),
        (['<DT><A HREF="">t</A>'], "a link without an address"),
        (["<DL><p>"], "the file ends before its list does"),
        (['<DT><A HREF="u>t</A>'], "a tag does not end"),
    ],
)
def test_what_cannot_be_read_is_a_problem_without_a_url(lines: list[str], why: str, tmp_path: Path) -> None:
    """Its place is named, what came before is kept, and the listing is incomplete."""
    listing = links(tmp_path, '<DT><A HREF="before">t</A>', *lines)

    (problem,) = listing.problems
    assert problem.why.startswith(why)
    assert problem.where.startswith("b.html line ")
    assert [bookmark.url for bookmark in listing.bookmarks] == ["before"]
    assert not listing.complete


def test_bytes_that_are_not_utf8_are_listed_and_replaced(tmp_path: Path) -> None:
    """One broken byte neither hides the record nor changes how the rest of the file is read."""
    text = TOP.encode() + b'<DL><DT><A HREF="u" TAGS="\xe9t\xe9">caf\xe9</A>\n<DT><A HREF="v">\xc3\xa9</A></DL>'

    listing = read(NETSCAPE, tmp_path / "b.html", text)

    assert [(bookmark.title, bookmark.tags) for bookmark in listing.bookmarks] == [
        ("caf\ufffd", ("\ufffdt\ufffd",)),
        ("é", ()),
    ]
    assert listing.losses == (
        Loss("u", "title", r"b.html line 5: caf\xe9", "caf\ufffd"),
        Loss("u", "tags", r"b.html line 5: \xe9t\xe9", "\ufffdt\ufffd"),
    )


FULL = '<DT><A HREF="u" PRIVATE="0" TOREAD="0">t</A>'


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["<DT><H3>Folder</H3>", "<DL><p>", "</DL><p>"], "a folder"),
        (["<HR>"], "a separator"),
        (['<DT><A HREF="u" PRIVATE="0" TOREAD="0" ICON="x">t</A>'], "the attribute ICON"),
        (['<DT><A HREF="u">t</A>'], "does not say whether"),
        (['<DT><A HREF="u" PRIVATE="0" TOREAD="0" ADD_DATE="0">t</A>'], "line 7: 0"),
        (["stray words"], "text that belongs to no bookmark"),
        (["<DT><A>t</A>"], "a link without an address"),
    ],
)
def test_a_target_with_what_we_cannot_write_back_is_refused(lines: list[str], what: str, tmp_path: Path) -> None:
    """A browser's own file is never flattened by writing to it."""
    path = tmp_path / "b.html"
    path.write_text("\n".join([TOP + "<DL><p>", FULL, *lines, "</DL><p>"]))

    with pytest.raises(InputError, match=f"{what}.*Name a new file"):
        listed(opened(NETSCAPE, path, target=True))


def test_a_target_in_the_form_that_we_write_is_taken(tmp_path: Path) -> None:
    """Who wrote it does not matter."""
    path = tmp_path / "b.html"
    path.write_text(f"{TOP}<DL><p>\n{FULL}\n</DL><p>")

    assert listed(opened(NETSCAPE, path, target=True)).only == Bookmark("u", title="t", unread=False, private=False)


@pytest.mark.parametrize("bookmark", [Bookmark(""), Bookmark("u", tags=("a,b",)), Bookmark("u", note="\ud800")])
def test_what_would_not_come_back_is_refused(bookmark: Bookmark) -> None:
    """The writer never changes a value to make it fit."""
    with pytest.raises(ValueError, match="cannot be written"):
        netscape.project(bookmark)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    """A page is not a list of bookmarks."""
    with pytest.raises(InputError, match="is not a bookmarks"):
        read(NETSCAPE, tmp_path / "b.html", "<!DOCTYPE html><p>Hello")


@pytest.mark.parametrize("size", [65_500, 65_530, 65_536, 140_000, 400_000])
def test_tags_are_found_wherever_the_input_is_cut(size: int, tmp_path: Path) -> None:
    """A link that lies across the chunks of the file is read whole, at its own line."""
    path = tmp_path / "b.html"
    title = "x" * size
    path.write_text(f'{TOP}<DL>\n<DT><A HREF="u" TAGS="{title}">{title}</A>\n<DT><A HREF="v">w</A>\n</DL>')

    lines = [tag.line for tag in tags(path) if tag.name == "A" and not tag.closing]
    listing = listed(opened(NETSCAPE, path))

    assert lines == [6, 7]
    assert [len(bookmark.title) for bookmark in listing.bookmarks] == [size, 1]
