"""Pinboard's backups in JSON, XML and HTML."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import PINBOARD_BACKUP, pinboard_backup
from bridge.model.bookmark import Bookmark, Field
from bridge.model.errors import InputError
from bridge.model.receipt import Loss
from tests.adapters.files.file_reading import ANY_TEXT, Listing, bookmarks, listed, opened, read

POST = {
    "href": "https://example.com/a",
    "description": "A title",
    "extended": "two\nlines",
    "meta": "92959a96fd69146c5fe7cbde6e5720f2",
    "hash": "cd69b81ea00cc2798797293cbc92d643",
    "time": "2012-07-14T07:34:21Z",
    "shared": "yes",
    "toread": "no",
    "tags": "a b",
}
BOOKMARK = Bookmark(
    "https://example.com/a",
    title="A title",
    note="two\nlines",
    tags=("a", "b"),
    added=datetime(2012, 7, 14, 7, 34, 21, tzinfo=UTC),
    unread=False,
    private=False,
)


def backup(path: Path, *posts: object) -> Listing:
    """Read a backup in JSON."""
    return read(PINBOARD_BACKUP, path / "p.json", json.dumps(posts))


def post(**changes: object) -> dict[str, object]:
    """Return a post with another value for some keys; its hash is left out."""
    return {**POST, "hash": "", **changes}


TAGS = ANY_TEXT.map(lambda text: text.replace(" ", "_"))


@given(st.lists(bookmarks(ANY_TEXT, TAGS | st.sampled_from(["&amp;", "&lt;b&gt;", "AT&T", "&&amp;quot;"])), max_size=5))
def test_what_is_written_comes_back_as_projected(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[Bookmark]
) -> None:
    """Any text survives JSON, and a tag with an entity in it is the same tag afterwards."""
    path = tmp_path_factory.getbasetemp() / "law.json"
    path.write_bytes(b"".join(pinboard_backup.encode(map(pinboard_backup.project, wanted))))

    found = [bookmark for bookmark in pinboard_backup.decode(path) if isinstance(bookmark, Bookmark)]

    assert found == list(map(pinboard_backup.project, wanted))


@given(bookmarks(st.text(max_size=9), TAGS))
def test_only_what_the_format_lacks_is_projected_away(wanted: Bookmark) -> None:
    """Favorites, highlights and parts of a second have no place."""
    kept = pinboard_backup.project(wanted)

    assert (kept.favorite, kept.highlights) == (False, ())
    assert kept.added == (wanted.added and wanted.added.replace(microsecond=0))
    assert all(
        kept.get(field) == wanted.get(field) for field in PINBOARD_BACKUP.capabilities.sets - {Field.ADDED, Field.TAGS}
    )


def test_the_nine_keys_are_written_one_post_a_line() -> None:
    """The file has the shape of Pinboard's own: words for flags, blanks between tags, the md5 of the address."""
    content = b"".join(pinboard_backup.encode([BOOKMARK, Bookmark("https://example.com/ü", title="ü")])).decode()

    assert content.startswith('[{"href": ')
    assert content.endswith("}]\n")
    assert "ü" in content
    assert [len(line) > 9 for line in content.splitlines()] == [True, True]
    assert json.loads(content)[0] == {**POST, "meta": ""}
    assert (json.loads(content)[1]["time"], json.loads(content)[1]["shared"], json.loads(content)[1]["toread"]) == (
        "",
        "no",
        "yes",
    )


def test_an_empty_backup_is_an_empty_list(tmp_path: Path) -> None:
    """It can be written and read."""
    assert b"".join(pinboard_backup.encode([])) == b"[]\n"
    assert read(PINBOARD_BACKUP, tmp_path / "p.json", "[]\n") == Listing((), (), (), (), complete=True)


@pytest.mark.parametrize("separators", [None, (",", ":")])
@pytest.mark.parametrize("indent", [None, 2])
def test_any_layout_of_the_array_is_read(indent: int | None, separators: tuple[str, str], tmp_path: Path) -> None:
    """One object a line, all in one line, or pretty-printed; with a byte order mark."""
    posts = [post(href=f"u{number}", description="[{" * 40) for number in range(1_000)]
    text = "\ufeff" + json.dumps(posts, indent=indent, separators=separators)

    listing = read(PINBOARD_BACKUP, tmp_path / "p.json", text)

    assert [bookmark.url for bookmark in listing.bookmarks] == [f"u{number}" for number in range(1_000)]
    assert (listing.problems, listing.complete) == ((), True)


def test_a_title_may_be_false(tmp_path: Path) -> None:
    """Pinboard says so of a title it cannot encode; it is an empty one."""
    assert backup(tmp_path, post(description=False)).only.title == ""


def test_tags_are_unescaped_and_titles_are_not(tmp_path: Path) -> None:
    """Only tags come escaped as HTML, with four entities."""
    bookmark = backup(tmp_path, post(description="a &amp; b", tags="r&amp;d &lt;b&gt; &quot; &eacute;")).only

    assert bookmark.title == "a &amp; b"
    assert bookmark.tags == ("r&d", "<b>", '"', "&eacute;")


@pytest.mark.parametrize(
    ("changes", "unread", "private"),
    [
        ({"toread": "yes", "shared": "no"}, True, True),
        ({"toread": "no", "shared": "yes"}, False, False),
        ({"toread": "", "shared": None}, True, True),
    ],
)
def test_what_does_not_say_public_and_read_is_private_and_unread(
    changes: dict[str, object], unread: bool, private: bool, tmp_path: Path
) -> None:
    """Privacy is never widened by a value that is missing."""
    bookmark = backup(tmp_path, post(**changes)).only

    assert (bookmark.unread, bookmark.private) == (unread, private)


@pytest.mark.parametrize("time", ["0000-00-00T00:00:00Z", "yesterday", "2012-07-14"])
def test_a_date_that_is_none_is_a_loss(time: str, tmp_path: Path) -> None:
    """The bookmark is kept without it."""
    listing = backup(tmp_path, post(time=time))

    assert listing.only.added is None
    assert listing.losses == (Loss("https://example.com/a", "added", f"p.json line 1: {time}"),)


@pytest.mark.parametrize(
    ("item", "why", "url"),
    [
        ({"url": "u"}, "a post without an address", None),
        ({"href": ""}, "a post without an address", None),
        ({"href": 7}, "a post without an address", None),
        ("u", "not a JSON object", None),
        ({"href": "u", "description": 0}, "'description' is not a text", "u"),
        ({"href": "u", "tags": ["a"]}, "'tags' is not a text", "u"),
    ],
)
def test_what_is_no_post_is_a_problem(item: object, why: str, url: str | None, tmp_path: Path) -> None:
    """It is named by its line, and the posts around it are read."""
    listing = backup(tmp_path, POST, item, {"href": "v"})

    (problem,) = listing.problems
    assert (problem.where, problem.why, problem.url) == ("p.json line 1", why, url)
    assert [bookmark.url for bookmark in listing.bookmarks] == ["https://example.com/a", "v"]
    assert listing.complete == (url is not None)


@pytest.mark.parametrize(
    ("text", "urls", "whys"),
    [
        ('[{"href":"u"},\n{"href":"v","x},\n{"href":"w"}\n]', ["u", "w"], ["line 2: not JSON"]),
        ('[{"href":"u"},\n{"href":"v', ["u"], ["line 2: not JSON", "line 2: the list does not end"]),
        ('[{"href":"u"},\n{"href":"v"}', ["u", "v"], ["line 2: the list does not end"]),
        ('[{"href":"u"}]\n[{"href":"v"}]', ["u"], ["line 1: something follows"]),
        ('[{"href":"u"}]' + " " * 70_000 + "x", ["u"], ["line 1: something follows"]),
        ('[{"href":"u"},\n' + "[" * 100_000 + '\n{"href":"v"}]', ["u", "v"], ["line 2: not JSON"]),
    ],
)
def test_a_broken_file_is_read_as_far_as_it_can_be(text: str, urls: list[str], whys: list[str], tmp_path: Path) -> None:
    """One broken post costs that post; a cut file says that it is one."""
    listing = read(PINBOARD_BACKUP, tmp_path / "p.json", text)

    assert [bookmark.url for bookmark in listing.bookmarks] == urls
    for problem, why in zip(listing.problems, whys, strict=True):
        assert f"{problem.where}: {problem.why}".startswith(f"p.json {why}")
    assert not listing.complete


def test_bytes_that_are_not_utf8_are_listed_and_replaced(tmp_path: Path) -> None:
    """The record is kept; half of a surrogate pair that is written as an escape is no damage."""
    text = b'[{"href":"u","description":"caf\xe9"},\n{"href":"v","extended":"\\ud83d"}]'

    listing = read(PINBOARD_BACKUP, tmp_path / "p.json", text)

    assert [(bookmark.title, bookmark.note) for bookmark in listing.bookmarks] == [("caf\ufffd", ""), ("", "\ud83d")]
    assert listing.losses == (Loss("u", "title", r"p.json line 1: caf\xe9", "caf\ufffd"),)


def test_what_else_a_post_says_is_named(tmp_path: Path) -> None:
    """Unknown keys are left behind; a hash of another address hints at a damaged one."""
    listing = backup(tmp_path, {**POST, "hash": "00"}, {**POST, "hash": "", "others": 3})

    assert listing.remarks == (
        "Left behind, since a bookmark has no place for it: a hash that is not that of the address (1), "
        "the key 'others' (1).",
    )


def test_pinboards_own_backup_can_be_a_target(tmp_path: Path) -> None:
    """Its change signatures mean nothing outside of Pinboard and do not stand in the way."""
    path = tmp_path / "p.json"
    path.write_text(json.dumps([POST]))

    assert listed(opened(PINBOARD_BACKUP, path, target=True)).only == BOOKMARK


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{**POST, "others": 3}]),
        json.dumps([{**POST, "hash": "00"}]),
        '[{"href": "u"}',
        '<posts><post href="u"/></posts>',
        "<!DOCTYPE NETSCAPE-Bookmark-file-1><TITLE>Pinboard Bookmarks</TITLE>",
    ],
)
def test_a_target_in_another_form_or_with_more_in_it_is_refused(text: str, tmp_path: Path) -> None:
    """Only JSON is written, and only what can be written back whole is overwritten."""
    path = tmp_path / "p.json"
    path.write_text(text)

    with pytest.raises(InputError):
        listed(opened(PINBOARD_BACKUP, path, target=True))


XML = """<?xml version="1.0" encoding="UTF-8"?>
<posts user="alice">
<post href="https://example.com/a" time="2012-07-14T07:34:21Z" description="A title" extended="two
lines" tag="a b" hash="cd69b81ea00cc2798797293cbc92d643" shared="yes"/>
<post href="v" time="" description="R&amp;D &amp;amp; more" extended="" tag="r&amp;amp;d" shared="no" toread="yes" />
<post href="w"/>
</posts>
"""


def test_a_backup_in_xml(tmp_path: Path) -> None:
    """Newlines are kept, `toread` is there only if set, and what does not say public is private."""
    listing = read(PINBOARD_BACKUP, tmp_path / "p.xml", XML)

    assert listing.bookmarks == [
        BOOKMARK,
        Bookmark("v", title="R&D &amp; more", tags=("r&amp;d",)),
        Bookmark("w", unread=False),
    ]
    assert (listing.problems, listing.losses, listing.complete) == ((), (), True)


def test_what_is_not_xml_in_it_is_a_loss_of_its_post(tmp_path: Path) -> None:
    """The post is kept without the character, and no other is marked."""
    listing = read(PINBOARD_BACKUP, tmp_path / "p.xml", XML.replace("R&amp;D", "R\x01D"))

    assert [bookmark.title for bookmark in listing.bookmarks] == ["A title", "RD &amp; more", ""]
    assert listing.losses == (Loss("v", "text", "p.xml post 2: characters that XML does not allow", "the rest"),)


@pytest.mark.parametrize(
    ("text", "urls", "why"),
    [
        (XML[: XML.index('<post href="w')], ["https://example.com/a", "v"], "no whole XML"),
        ('<posts><post href="u"/><other/></posts>', ["u"], "an element 'other'"),
        ('<posts><post href="u"/><post/></posts>', ["u"], "a post without an address"),
        ("<posts><!DOCTYPE x></posts>", [], "no whole XML document: the document has a DTD"),
    ],
)
def test_xml_that_cannot_be_read_is_a_problem(text: str, urls: list[str], why: str, tmp_path: Path) -> None:
    """What came before is kept, and the listing is incomplete."""
    listing = read(PINBOARD_BACKUP, tmp_path / "p.xml", text)

    (problem,) = listing.problems
    assert why in problem.why
    assert [bookmark.url for bookmark in listing.bookmarks] == urls
    assert not listing.complete


def test_a_backup_in_html(tmp_path: Path) -> None:
    """The tag that marks unread entries there is not one of the person's; a tag of that name on a read one is."""
    text = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Pinboard Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
<DT><A HREF="u" ADD_DATE="0" PRIVATE="1" TOREAD="1" TAGS="toread,a">A &amp; B</A>
<DD>two
lines

<DT><A HREF="v" ADD_DATE="1600000000" PRIVATE="0" TOREAD="0" TAGS="toread"></A>
</DL></p>
"""

    listing = read(PINBOARD_BACKUP, tmp_path / "p.html", text)

    assert listing.bookmarks == [
        Bookmark("u", title="A & B", note="two\nlines", tags=("a",), added=datetime(1970, 1, 1, tzinfo=UTC)),
        Bookmark(
            "v", tags=("toread",), added=datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC), unread=False, private=False
        ),
    ]
    assert (listing.problems, listing.remarks, listing.complete) == ((), (), True)


@pytest.mark.parametrize("bookmark", [Bookmark(""), Bookmark("u", tags=("a b",))])
def test_what_would_not_come_back_is_refused(bookmark: Bookmark) -> None:
    """The writer never changes a value to make it fit."""
    with pytest.raises(ValueError, match="cannot be written"):
        pinboard_backup.project(bookmark)
