"""Reading suggestions, tags, notes and secrets, in every shape that was seen of them."""

from __future__ import annotations

import pytest

from adapters.pinboard import wire
from adapters.pinboard.wire import Garbled, Note, Notes, Suggestions, Tags

MARK = b"\xef\xbb\xbf"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" ?>\n'


@pytest.mark.parametrize(
    "body",
    [
        DECLARATION + b"<suggested><popular>a</popular><recommended>a</recommended><recommended>c&amp;d</recommended>"
        b"</suggested>\n\t",
        b"<suggest>\n\n <recommended>a</recommended>\n<popular>a</popular><recommended>c&amp;d</recommended></suggest>",
        MARK + rb'[{"popular":["a"]},{"recommended":["a","c&amp;d"]}]' + b"\t\n",
        b'[{"recommended":["a"]},{"popular":["a"]},{"recommended":{"1":"c&d"}}]',
        b'{"popular":["a"],"recommended":["a","c&d"]}',
    ],
)
def test_suggestions_are_read(body: bytes) -> None:
    """Two roots, a list of maps with one key each in any order, PHP's map for a list, HTML in the tags."""
    assert wire.decode_suggestions(body) == Suggestions(("a",), ("a", "c&d"))


@pytest.mark.parametrize(
    "body",
    [
        b"<suggested></suggested>",
        b"<suggested />",
        DECLARATION + b"<suggest>\n</suggest>",
        b"[]",
        b"{}",
        b"[{}, {}]",
        b'[{"popular":[]},{"recommended":[]}]',
        b'[{"popular":[]}]',
        b'[{"popular":null},{"recommended":""}]',
    ],
)
def test_there_may_be_no_suggestions(body: bytes) -> None:
    """An empty answer may lack the declaration, one of its maps, or what is in them."""
    assert wire.decode_suggestions(body) == Suggestions()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"<html>", "an HTML page"),
        (b"<posts/>", "neither XML nor JSON"),
        (DECLARATION + b"<posts/>", "XML without suggested"),
        (DECLARATION, "XML that does not parse"),
        (b'[{"error":"x"}]', "JSON without suggestions"),
        (b'{"result_code":"something went wrong"}', "JSON without suggestions"),
        (b'["a", "b"]', "JSON without suggestions"),
    ],
)
def test_what_is_no_suggestion_is_garbled(body: bytes, why: str) -> None:
    """It is not taken for an empty answer."""
    with pytest.raises(Garbled, match=f"^{why}$"):
        wire.decode_suggestions(body)


@pytest.mark.parametrize(
    "body",
    [
        DECLARATION + b'<tags><tag count="1" tag="result" />\n<tag count="12" tag="a&amp;b" /></tags>\n\t',
        b'{"result":1,"a&amp;b":12}',
        MARK + b'{"result":"1","a&b":"12"}\t\n',
    ],
)
def test_tags_are_read(body: bytes) -> None:
    """Counts as text or as numbers; a tag may be called as a result is."""
    assert wire.decode_tags(body) == Tags({"result": 1, "a&b": 12})


@pytest.mark.parametrize("body", [b"<tags/>", b"<tags>\n</tags>", b"[]", b"{}", MARK + b"[]\t\n"])
def test_there_may_be_no_tags(body: bytes) -> None:
    """JSON says `[]` where there is nothing to map."""
    assert wire.decode_tags(body) == Tags({})


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"<posts/>", b'["a"]', b'{"a": "many"}', b'{"a": null}', b'{"a": true}', b'{"a": [1]}'),
        *(b'{"result_code": "something went wrong"}', b"<tags><tag tag='a'/></tags>", b"<tags><tag count='x'/></tags>"),
    ],
)
def test_what_are_no_tags_is_garbled(body: bytes) -> None:
    """In November 2024 tags/get did not always answer with a map."""
    with pytest.raises(Garbled):
        wire.decode_tags(body)


@pytest.mark.parametrize(
    "body",
    [
        DECLARATION + b'<notes count="1"><note id="0123"><title>A &lt;title&gt;</title><hash>ab</hash>'
        b"<created_at>2011-03-24 19:02:07</created_at><updated_at>2012-03-24 19:02:07</updated_at>"
        b"<length>12</length></note></notes>",
        b'{"count":1,"notes":[{"id":"0123","hash":"ab","title":"A <title>","length":"12",'
        b'"created_at":"2011-03-24 19:02:07","updated_at":"2012-03-24 19:02:07"}]}',
        b'{"count":"1","notes":[{"id":"0123","0":"0123","hash":"ab","1":"ab","title":"A <title>","2":"A <title>",'
        b'"length":12,"3":12,"created_at":"2011-03-24 19:02:07","4":"","updated_at":"2012-03-24 19:02:07"}]}',
        b'{"count":1,"notes":{"0":{"id":"0123","hash":"ab","title":"A <title>","length":12,'
        b'"created_at":"2011-03-24 19:02:07","updated_at":"2012-03-24 19:02:07"}}}',
    ],
)
def test_notes_are_read(body: bytes) -> None:
    """Rows hold every value twice since 2020; a length is text or a number; XML has elements."""
    note = Note("0123", "A <title>", "ab", 12, "2011-03-24 19:02:07", "2012-03-24 19:02:07")

    assert wire.decode_notes(body) == Notes((note,), 1)


@pytest.mark.parametrize(
    ("body", "count"),
    [(b"<notes/>", None), (b'<notes count="0"></notes>', 0), (b"[]", None), (b'{"count":0,"notes":[]}', 0)],
)
def test_there_may_be_no_notes(body: bytes, count: int | None) -> None:
    """XML may say how many there are, or not."""
    assert wire.decode_notes(body) == Notes((), count)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"count":1}', b'{"notes":null}', b'{"error":"x"}', b"<note/>"]
)
def test_what_are_no_notes_is_garbled(body: bytes) -> None:
    """A count alone is no list."""
    with pytest.raises(Garbled):
        wire.decode_notes(body)


def test_a_broken_note_is_marked_alone() -> None:
    """One without an id, one with half a character, one whose XML is none, and those beside it."""
    told = wire.decode_notes(rb'[{"id":"a"}, {"title":"b"}, 7, {"id":"c","title":"\ud83d"}, {"id":"d","title":false}]')
    xml = wire.decode_notes(
        b"<notes><note id='a'><title>x\x08</title></note><note id='b'><title>y</title></note></notes>"
    )

    assert [note.damaged for note in told.notes] == [False, True, True, True, False]
    assert [(note.title, note.damaged) for note in xml.notes] == [("x", True), ("y", False)]
    assert (told.damaged, xml.damaged, Notes().damaged) == (True, True, False)
    assert told.notes[4].title == ""


def test_what_is_inside_of_a_field_is_not_its_text() -> None:
    """Only what stands in the element itself is, whatever a server may add one day."""
    [note] = wire.decode_notes(b"<notes><note id='a'>x<title>t<b>u<i/></b></title></note></notes>").notes

    assert (note.title, note.damaged) == ("t", False)


def test_a_note_has_a_text() -> None:
    """Its lines keep their ends, also in XML, which would make others of them; it may be empty."""
    json = wire.decode_note(rb'{"id":"0123","title":"t","text":"one\r\ntwo\/","length":9}')
    xml = wire.decode_note(b"<note id='0123'><title>t</title><text>one\r\ntwo/</text><length>9</length></note>")

    assert json == xml == Note("0123", "t", length=9, text="one\r\ntwo/")
    assert wire.decode_note(b'{"id":"0123"}').text == ""


def test_a_note_in_broken_xml_is_marked() -> None:
    """Wherever the illegal character stands."""
    bodies = [
        b"<note id='a\x01'/>",
        b"<note id='a'>\x01<title>t</title></note>",
        b"<note id='a'><text>\x01</text></note>",
    ]

    assert [wire.decode_note(body).damaged for body in bodies] == [True] * 3


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"error":"x","error_code":"404"}', b"<note/>", b"<notes/>", b"7"])
def test_what_is_no_note_is_garbled(body: bytes) -> None:
    """It has an id at least."""
    with pytest.raises(Garbled):
        wire.decode_note(body)


def test_a_missing_note_is_told_in_json() -> None:
    """Beside a 404, whatever the Content-Type."""
    assert wire.decode_no_note(b'{"error":"no such note","error_code":"404"}') == "no such note"


@pytest.mark.parametrize(
    "body", [b"", b'"Not Found"', b"<html>404</html>", b"{}", b"[]", b'{"error":null}', b"<error/>"]
)
def test_another_404_is_not_a_missing_note(body: bytes) -> None:
    """A server without notes has one, too."""
    with pytest.raises(Garbled):
        wire.decode_no_note(body)


@pytest.mark.parametrize(
    "body",
    [
        DECLARATION + b"<result>6493a84f72d86e7de130</result>\n\t",
        MARK + b'{"result":"6493a84f72d86e7de130"}\t\n',
        b'[2024-12-03 10:11:12] {"id":7} told [ok]\n{"result":"6493a84f72d86e7de130"}',
    ],
)
def test_a_secret_is_the_text_of_a_result(body: bytes) -> None:
    """In XML, in JSON, behind log text."""
    assert wire.decode_secret(body) == "6493a84f72d86e7de130"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"<result/>", b"{}", b'{"result":""}', b'{"result":6493}', b'{"result":null}'),
        *(b'<result code="something went wrong"/>', b'{"result_code":"something went wrong"}'),
    ],
)
def test_a_refusal_is_no_secret(body: bytes) -> None:
    """What the service says about a call is not taken for a token."""
    with pytest.raises(Garbled):
        wire.decode_secret(body)
