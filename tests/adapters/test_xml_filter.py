"""The filter that keeps newlines and survives what XML forbids."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.xml_filter import LosslessFilter, NotXML


class Reader:
    """A parser target that keeps each start tag's attributes and the text after it."""

    def __init__(self) -> None:
        self.attributes: list[dict[str, str]] = []
        self.texts: list[str] = []

    def start(self, _tag: str, attributes: Any) -> None:
        self.attributes.append(dict(attributes))
        self.texts.append("")

    def data(self, text: str) -> None:
        self.texts[-1] += text

    def close(self) -> None:
        """Nothing is built."""


def filtered(document: bytes, *, size: int = 0) -> tuple[bytes, set[int]]:
    """Return the filter's output and its damaged elements, for chunks of a size in bytes (0: the whole at once)."""
    xml_filter = LosslessFilter()
    chunks = [document[at : at + size] for at in range(0, len(document), size)] if size else [document]
    output = b"".join(map(xml_filter.feed, chunks)) + xml_filter.close()
    return output, xml_filter.damaged


def read(document: bytes) -> Reader:
    """Parse what the filter makes of a document."""
    reader = Reader()
    parser = etree.XMLParser(target=reader)
    parser.feed(filtered(document)[0])
    parser.close()
    return reader


LEGAL = st.text(
    st.characters(
        codec="utf-8", exclude_characters="".join(map(chr, [*range(9), 11, 12, *range(14, 32)])) + "\ufffe\uffff"
    )
)


@given(st.lists(st.tuples(LEGAL, LEGAL)))
def test_every_legal_character_survives_in_values_and_in_text(pairs: list[tuple[str, str]]) -> None:
    """Tabs, line feeds and carriage returns that stand literally in the document come out of the parser unchanged."""
    posts = "".join(
        f"<post a={quoteattr(value, {})}>{escape(text)}</post>".replace("&#10;", "\n")
        .replace("&#13;", "\r")
        .replace("&#9;", "\t")
        for value, text in pairs
    )

    reader = read(f"<?xml version='1.0' encoding='UTF-8'?><posts>{posts}</posts>\n\t".encode())

    assert reader.texts[1:] == [text for _, text in pairs]
    assert [attributes["a"] for attributes in reader.attributes[1:]] == [value for value, _ in pairs]


PIECES = st.lists(
    st.sampled_from(
        [
            b'<post a="',
            b'"',
            b"'",
            b"/>",
            b">",
            b"<a b='",
            b"</a>",
            b"<!--",
            b"-->",
            b"<![CDATA[",
            b"]]>",
            b"\n",
            b"\r\n",
            b"\t",
            b"&",
            b"&amp;",
            b"&#8;",
            b"&#10;",
            b"&nbsp;",
            b"&#x",
            b"1f;",
            b"\x01",
            b"\xc3",
            b"\xa4",
            b"\xef\xbf\xbf",
            b"\xed\xa0\x80",
            b"text",
            b" ",
            "\u2028\U0001f600".encode(),
        ]
    ),
    max_size=40,
).map(b"".join)


@given(PIECES, st.integers(1, 9))
def test_the_output_does_not_depend_on_how_the_input_is_cut(body: bytes, size: int) -> None:
    """Chunks of any size give the same bytes and the same damaged elements, or the same refusal."""
    document = b"<?xml version='1.0'?>\n<posts>" + body + b"</posts>\r\n"

    def outcome(size: int) -> object:
        try:
            return filtered(document, size=size)
        except NotXML as error:
            return str(error)

    assert outcome(0) == outcome(size)


def is_utf8(data: bytes) -> bool:
    """Tell whether the bytes are UTF-8."""
    return data.decode("utf-8", "ignore").encode() == data


LEGAL_VALUE = re.compile("[\t\n\r\x20-\x25\x27-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


@given(st.binary(max_size=40))
def test_any_bytes_in_a_value_make_a_readable_document(value: bytes) -> None:
    """Whatever stands between the quotes, the parser takes it, and the element is marked unless all of it was legal."""
    value = value.translate(None, b'"<&')

    document, damaged = filtered(b'<posts><post a="' + value + b'"/></posts>')
    parser = etree.XMLParser()
    parser.feed(document)
    parser.close()

    assert damaged == (set() if LEGAL_VALUE.fullmatch(value.decode("utf-8", "ignore")) and is_utf8(value) else {2})


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (b"a\x01b", "ab"),
        (b"a&#8;b&#x1f;c&#xD800;d&#xFFFF;e&#0;", "abcde"),
        (b"a\xef\xbf\xbeb\xef\xbf\xbf", "ab"),
        (b"a\xffb", "a\ufffdb"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"AT&T &nbsp; & &#; &", "AT&T &nbsp; & &#; &"),
    ],
)
@pytest.mark.parametrize("template", [b'<p><q/><q a="%b"/><q/></p>', b"<p><q/><q>%b</q><q/></p>"])
def test_what_xml_forbids_is_repaired_and_its_element_marked(template: bytes, value: bytes, kept: str) -> None:
    """Only the element that held the illegal content is damaged, counted by start tags from 1."""
    document = template % value

    _, damaged = filtered(document)
    reader = read(document)

    assert {3} == damaged
    assert kept == reader.attributes[2].get("a", reader.texts[2])


def test_legal_oddities_are_left_alone() -> None:
    """C1 controls, U+2028 and numeric references to legal characters are XML 1.0 and mark nothing."""
    document = '<p a="\x85\x9f\u2028&#10;&#x1F600;&quot;"/>'.encode()

    assert (document, set()) == filtered(document)


def test_quotes_and_angle_brackets_end_nothing_where_they_are_content() -> None:
    """A `>` or the other quote inside a value, and quotes in text and comments, are no delimiters."""
    document = b"""<p><!-- it's <q a="\n"> -->it's "\n"<q a='">\n' b="'>\n"/><q\na="x"\n/></p>"""

    reader = read(document)

    assert reader.attributes == [{}, {"a": '">\n', "b": "'>\n"}, {"a": "x"}]
    assert reader.texts[0] == 'it\'s "\n"'


def test_character_data_sections_are_text() -> None:
    """A CDATA section keeps its carriage returns and its markup-like content."""
    reader = read(b"<p><![CDATA[<q> & &amp;\r\n]]>\r</p>")

    assert reader.texts == ["<q> & &amp;\r\n\r"]


def test_what_stands_around_the_document_does_not_disturb() -> None:
    """A byte order mark and blanks before it, and CRLF and comments behind it, are no error."""
    reader = read(b"\xef\xbb\xbf\r\n <?xml version='1.0' encoding='utf-8'?>\r\n<p a='1'/>\r\n<!-- generated -->\n\t")

    assert reader.attributes == [{"a": "1"}]


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE p [<!ENTITY a "b">]><p>&a;</p>',
        b"<!doctype html><p/>",
        b"<?xml version='1.0'?><!DOCTYPE p><p/>",
        b"<\x00!DOCTYPE p><p/>",
        b"<?xml version='1.0' encoding='iso-8859-1'?><p/>",
        "<!DOCTYPE p><p/>".encode("utf-16"),
        "<!DOCTYPE p><p/>".encode("utf-16-be"),
        b"Warning: mysql is away\n<p/>",
    ],
)
@pytest.mark.parametrize("size", [0, 1])
def test_a_document_that_could_mislead_the_parser_is_refused(document: bytes, size: int) -> None:
    """A DTD, another encoding, or text before the document never reach the parser."""
    with pytest.raises(NotXML):
        filtered(document, size=size)


@pytest.mark.parametrize("end", range(1, 39))
def test_a_cut_document_stays_cut(end: int) -> None:
    """The filter never completes a document that ends early: the parser refuses it."""
    document = b'<p><q a="1\n2">t&amp;u</q><!-- c --></p>'

    with pytest.raises(etree.XMLSyntaxError):
        read(document[:end])
