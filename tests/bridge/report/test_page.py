"""The HTML page of a receipt."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from bridge.model.receipt import Receipt
from bridge.report.page import render
from bridge.report.text import balance, heading, sections, summary, visible
from tests.bridge.report.receipts import ALL, BALANCED, DRY, HOSTILE, HOSTILE_URLS, INTERRUPTED, MIRRORED, UNBALANCED

VOID = {"meta"}


class Page(HTMLParser):
    """A page as a reader meets it: its elements with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text.append(data)

    @property
    def links(self) -> list[str | None]:
        return [attributes["href"] for _, attributes in self.elements if "href" in attributes]


@pytest.mark.parametrize("receipt", ALL)
def test_every_element_is_closed_and_the_page_asks_nothing_of_the_network(receipt: Receipt) -> None:
    """There is no script, image, frame, form or style sheet, and the policy would forbid them."""
    page = Page(render(receipt))
    names = {name for name, _ in page.elements}
    policies = [attributes["content"] for _, attributes in page.elements if attributes.get("http-equiv")]

    assert page.open == []
    assert not names & {"script", "img", "iframe", "link", "form", "object", "svg", "base"}
    assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on") or key == "src"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]
    assert "url(" not in render(receipt)
    assert "@import" not in render(receipt)


@pytest.mark.parametrize("receipt", ALL)
def test_the_page_says_all_that_the_text_says(receipt: Receipt) -> None:
    """Heading, balance, every sentence and every row of every list are there, none cut."""
    text = Page(render(receipt)).text

    assert visible(heading(receipt)) in text
    assert visible(balance(receipt)) in text
    assert [sentence for sentence in summary(receipt) if visible(sentence) not in text] == []
    for section in sections(receipt):
        assert f"{section.title}: {section.total:,}" in text
        for group in section.groups:
            assert text.count(visible(group.name)) >= len(group.rows)
            assert [row for row in group.rows if row.url and visible(row.url) not in text] == []
            assert [row for row in group.rows if row.detail and visible(row.detail) not in text] == []


def test_the_balance_is_a_table_that_ends_in_what_was_read() -> None:
    """Each fate that occurs has its number."""
    text = [part for part in Page(render(BALANCED)).text if part.strip()]
    start = text.index("Fate")

    assert text[start : start + 14] == [
        *("Fate", "Bookmarks", "added", "11,870", "merged", "12", "unchanged", "108"),
        *("skipped", "2", "failed", "8", "read", "12,000"),
    ]


@pytest.mark.parametrize(
    ("receipt", "verdict"),
    [
        (BALANCED, "verdict"),
        (DRY, "verdict"),
        (MIRRORED, "verdict"),
        (UNBALANCED, "verdict off"),
        (INTERRUPTED, "verdict off"),
    ],
)
def test_a_receipt_that_does_not_balance_looks_different(receipt: Receipt, verdict: str) -> None:
    """The verdict is marked, and it is in words as well."""
    classes = [attributes.get("class") for name, attributes in Page(render(receipt)).elements if name == "p"]

    assert verdict in classes


def test_only_plain_http_addresses_become_links() -> None:
    """A hostile url is text: it is shown, escaped, and cannot be clicked."""
    page = Page(render(HOSTILE))

    assert page.links == ["https://a.example/"]
    assert [url for url in HOSTILE_URLS if url and visible(url) not in page.text] == []


def test_links_do_not_tell_where_they_were_clicked() -> None:
    """Each link says noreferrer."""
    anchors = [attributes for name, attributes in Page(render(BALANCED)).elements if name == "a"]

    assert anchors
    assert {attributes["rel"] for attributes in anchors} == {"noreferrer"}


def test_markup_from_outside_is_text() -> None:
    """A script in a title, a name or a reason arrives as the characters it is made of, escapes made visible."""
    source = render(HOSTILE)

    assert "<script" not in source
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.jsonl" in source
    assert "&lt;b&gt;refused&lt;/b&gt;\\x1b]0;owned\\x07\\nIt balances." in source
    assert source.encode("utf-8")


def test_the_page_is_made_for_light_dark_and_paper() -> None:
    """It follows the reader's colour scheme, and has rules for print."""
    source = render(BALANCED)

    assert "prefers-color-scheme: dark" in source
    assert "@media print" in source
