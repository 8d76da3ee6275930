"""The HTML page of a report, as its source."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import attrs
import pytest

from bridge.model.bookmark import Bookmark, Field
from bridge.model.link import Side
from bridge.model.operation import Add, Delta
from bridge.model.receipt import Loss, Receipt
from bridge.report.lists import sections
from bridge.report.page import PART, Paper, is_ours, render
from bridge.report.sentences import balance, heading, summary
from bridge.report.text import LONGEST
from bridge.report.visible import visible
from tests.bridge.report.receipts import ALL, BALANCED, DRY, HOSTILE, HOSTILE_URLS, INTERRUPTED, MIRRORED, UNBALANCED
from tests.bridge.report.steps import BOOKMARK, entered, step, update

VOID = {"meta", "br", "input"}
HOSTILE_TITLE = "</script></style><script>alert(1)</script><img src=x onerror=alert(2)>\u202egpj"


class Page(HTMLParser):
    """A page as a reader meets it: its elements with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.inline: dict[str, str] = {}
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] in (["style"], ["script"]):
            self.inline[self.open[-1]] = data
        else:
            self.text.append(data)

    @property
    def words(self) -> list[str]:
        return [part.strip() for part in self.text if part.strip()]

    @property
    def links(self) -> list[str | None]:
        return [attributes["href"] for _, attributes in self.elements if "href" in attributes]


def page(receipt: Receipt, *paper: object) -> Page:
    """Return the page of one run."""
    return Page(render([Paper(receipt, *paper)]))  # type: ignore[arg-type]


@pytest.mark.parametrize("receipt", ALL)
def test_every_element_is_closed_and_nothing_comes_from_elsewhere(receipt: Receipt) -> None:
    """There is no image, frame, form or style sheet, no handler and no style in any element."""
    found = page(receipt, entered(step(Add(attrs.evolve(BOOKMARK, title=HOSTILE_TITLE)))))
    names = [name for name, _ in found.elements]
    attributes = {key for _, of in found.elements for key in of}

    assert found.open == []
    assert not {"img", "iframe", "link", "form", "object", "base"} & set(names)
    assert [1, 1] == [names.count("script"), names.count("style")]
    assert not [key for key in attributes if key.startswith("on")]
    assert not {"src", "style", "srcset", "action"} & attributes
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp", "".join(found.inline.values()))


def test_only_its_own_script_and_style_are_allowed_by_their_hash() -> None:
    """Whatever a title smuggled in would not be run."""
    found = page(BALANCED)
    [policy] = [of["content"] for _, of in found.elements if of.get("http-equiv")]
    digests = {
        name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in found.inline.items()
    }

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("receipt", ALL)
def test_the_page_says_all_that_the_text_says(receipt: Receipt) -> None:
    """Heading, balance, every sentence and every row of every list are there, none cut."""
    text = page(receipt).words

    assert visible(heading(receipt)) in text
    assert visible(balance(receipt)) in text
    assert [sentence for sentence in summary(receipt) if visible(sentence).strip() not in text] == []
    for section in sections(receipt):
        assert section.title in text
        assert f"{section.total:,}" in text
        for row, name in section.rows:
            assert [
                part for part in (row.url, name, *row.cells) if part.strip() and visible(part).strip() not in text
            ] == []


def test_the_balance_is_a_sum_that_the_eye_can_check() -> None:
    """Each fate that occurs has its number, a sign before it, and what was read stands below the line."""
    text = page(BALANCED).words
    start = text.index("Fate")

    assert text[start + 1 : start + 18] == [
        *("11,870", "added", "+", "12", "merged", "+", "108", "unchanged"),
        *("+", "2", "skipped", "+", "8", "failed", "=", "12,000", "read"),
    ]


def test_a_sum_that_is_wrong_shows_both_numbers() -> None:
    """What the fates come to, and what was read."""
    text = page(UNBALANCED).words
    start = text.index("in all")

    assert ["=", "90", "in all", "≠", "100", "read"] == text[start - 2 : start + 4]


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
    classes = [attributes.get("class") for name, attributes in page(receipt).elements if name == "p"]

    assert verdict in classes


def test_only_plain_http_addresses_become_links() -> None:
    """A hostile url is text: it is shown, escaped, and cannot be clicked."""
    found = page(HOSTILE)

    assert found.links == ["https://a.example/"]
    assert [url for url in HOSTILE_URLS if url and visible(url).strip() not in found.words] == []


def test_links_do_not_tell_where_they_were_clicked() -> None:
    """Each link says noreferrer."""
    anchors = [attributes for name, attributes in page(BALANCED).elements if name == "a"]

    assert anchors
    assert {attributes["rel"] for attributes in anchors} == {"noreferrer"}


def test_markup_from_outside_is_text() -> None:
    """A script in a title, a name or a reason arrives as the characters it is made of, escapes made visible."""
    source = render([Paper(HOSTILE, entered(step(Add(Bookmark("https://a.example/", HOSTILE_TITLE)))))])

    assert 1 == source.count("<script")
    assert "&lt;/script&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in source
    assert "\\u202egpj" in source
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.jsonl" in source
    assert "&lt;b&gt;refused&lt;/b&gt;\\x1b]0;owned\\x07\\nIt balances." in source
    assert source.encode("utf-8")


def test_a_long_value_is_folded_up_and_whole() -> None:
    """Half a million characters do not stretch the page, and none of them is missing."""
    found = page(attrs.evolve(BALANCED, losses=(Loss("https://b.example/", "note", "n" * 500_000),)))
    names = [name for name, _ in found.elements]

    assert [1, 1] == [names.count("details"), names.count("summary")]
    assert f"{'n' * LONGEST}… ({500_000 - LONGEST:,} more characters)" in found.words
    assert "n" * 500_000 in found.words


def test_operations_show_what_they_changed_from_what_to_what() -> None:
    """Old and new values are marked as deleted and inserted, an Add's as inserted."""
    changed = update(BOOKMARK, Delta({Field.TITLE: "new", Field.NOTE: ""}, add_tags=("b",), remove_tags=("food",)))
    source = render([Paper(BALANCED, entered(step(Add(BOOKMARK)), changed))])

    assert "title: <del>A title</del> → <ins>new</ins><br>note: <del>(empty)</del> → <ins>(empty)</ins>" in source
    assert "tags: <ins>+b</ins> <del>-food</del>" in source
    assert "added: <ins>2014-05-13 16:53:20</ins><br>unread: <ins>no</ins>" in source
    assert "merge at pinboard" in source


def test_operations_that_did_not_end_well_say_so() -> None:
    """With what the service said; a change that is no fate of its bookmark says what it is for."""
    failed = entered(step(Add(BOOKMARK)), state="failed", outcome="too <long>")
    aside = entered(update(BOOKMARK, Delta({Field.FAVORITE: False}), side=Side.LEFT, aside=True))
    source = render([Paper(BALANCED, [*failed, *aside])])

    assert "add at pinboard<br><em>failed</em><br><em>too &lt;long&gt;</em>" in source
    assert "change at pocket.zip<br><em>once it was saved</em>" in source


def test_charts_are_tables_with_their_numbers() -> None:
    """The bars are for the eye alone; each row has a head, and what did not occur has no column."""
    found = page(attrs.evolve(BALANCED, added=1, merged=0), entered(step(Add(BOOKMARK))))
    start = found.words.index("By the year in which they were added")
    bars = [of for name, of in found.elements if name == "svg"]

    assert ["Year", "added", "2014", "1"] == found.words[start + 1 : start + 5]
    assert {"true"} == {of["aria-hidden"] for of in bars}
    assert "1000.0" in {of["width"] for name, of in found.elements if name == "rect"}


def test_tag_changes_are_a_table() -> None:
    """What became of each tag, and how often."""
    words = page(BALANCED, entered(step(Add(BOOKMARK)))).words
    start = words.index("Tag changes")

    assert ["food", "added", "1", "slow-food", "added", "1"] == words[start + 7 : start + 13]


def test_what_a_later_run_settled_is_said() -> None:
    """Where the journal knows more than the receipt did, the charts do not contradict it silently."""
    one = entered(step(Add(BOOKMARK)))
    settled = "The charts count 1 bookmark: what this run left in doubt has been looked up and settled by a later one."

    assert settled in page(attrs.evolve(BALANCED, added=0, merged=0), one).words
    assert settled not in page(attrs.evolve(BALANCED, added=1, merged=0), one).words


def test_long_tables_come_in_parts() -> None:
    """A browser lays out only those in view."""
    steps = (step(Add(attrs.evolve(BOOKMARK, tags=()))) for _ in range(2 * PART + 1))
    source = render([Paper(BALANCED, entered(*steps))])
    table = source[source.index('<table class="operations">') :]

    assert (3, 2 * PART + 1) == (
        table[: table.index("</table>")].count("<tbody>"),
        table.count('<tr><td class="number">'),
    )


def test_a_page_may_hold_several_runs() -> None:
    """Each under its heading, and no name of an element is there twice."""
    found = Page(render([Paper(BALANCED, started=1_400_000_000), Paper(MIRRORED)]))
    names = [of["id"] for _, of in found.elements if "id" in of]

    assert visible(heading(BALANCED)) in found.words
    assert visible(heading(MIRRORED)) in found.words
    assert "bookmark-bridge · Begun on 2014-05-13 at 16:53 UTC" in found.words
    assert len(names) == len(set(names))


def test_a_page_of_ours_is_known_by_its_beginning() -> None:
    """The first thousand characters are enough, whatever its title is."""
    assert is_ours(render([Paper(attrs.evolve(HOSTILE, source="x" * 5_000))])[:1_000])
    assert not is_ours("<!doctype html><html><head><title>mine</title>")
