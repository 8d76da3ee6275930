"""A receipt as plain text."""

from __future__ import annotations

import unicodedata

import attrs
import pytest

from bridge.model import reasons
from bridge.model.receipt import Listed, Loss, Receipt
from bridge.report.plain import FIRST, render
from tests.bridge.report.receipts import ALL, BALANCED, DRY, HOSTILE, MIRRORED, NOTHING_TO_DO

DECIDED = '"mine" at pocket, "" at pinboard: the pocket side\'s value stands'


def test_losses_are_grouped_by_reason_with_the_first_and_how_many_more() -> None:
    """The largest group comes first, and a cut value shows what became of it."""
    text = render(BALANCED)

    assert "Losses: 26 (" in text
    assert (
        '  the target has no place for this field (25)\n    https://a.example/0: highlights "quote 0" stays behind\n'
        in text
    )
    assert f"    and {25 - FIRST} more\n" in text
    assert f'  https://a.example/title: {reasons.CUT}: title "a long title" is kept as "a long"\n' in text
    assert "Shown in full by: bookmark-bridge show 12 --all" in text


def test_a_long_value_says_how_much_of_it_is_not_shown() -> None:
    """A single long loss is cut, too, and the way to the rest is told; a dry run has no number to be shown by."""
    text = render(attrs.evolve(DRY, losses=(Loss("https://b.example/", "note", "n" * 5_000),)))

    assert "nnn... (4," in text
    assert "Shown in full by: --json" in text


def test_problems_are_listed_by_reason_and_a_row_without_a_url_by_its_place() -> None:
    """A reason that many share is told once; a broken record is known by its place in the file."""
    text = render(BALANCED)

    assert "Skipped: 2 (" in text
    assert "  part_000001.csv row 17 has no url\n" in text
    assert "  https://a.example/2: the same page as another\n" in text
    assert "  the URI is too long (8)\n    https://long.example/0\n" in text


def test_many_different_reasons_are_cut_as_well() -> None:
    """A thousand broken rows, each with a reason of its own, do not fill the screen."""
    skipped = tuple(Listed("", f"part_000000.csv row {number} is broken") for number in range(1_000))

    lines = render(attrs.evolve(NOTHING_TO_DO, read_source=1_100, skipped=skipped)).splitlines()

    assert "  and 990 more" in lines
    assert len(lines) < 30


def test_what_read_back_wrong_is_listed_with_its_field() -> None:
    """The url and the field that differs stand together."""
    assert "Wrong on reading back: 1 (" in render(BALANCED)
    assert "  https://a.example/wrong: tags\n" in render(BALANCED)


def test_a_mirror_counts_a_pair_once_and_lists_its_conflicts() -> None:
    """Both sides are read, and a conflict tells its winner or that it is open."""
    text = render(MIRRORED)

    assert "Receipt of run 7: mirror pocket with pinboard\n" in text
    assert "Read 100 (60 at pocket, 50 at pinboard, 10 of them at both) = 40 added + 2 removed" in text
    assert "1 in open conflict. It balances." in text
    assert "https://c.example/: title: open, neither side was changed\n" in text
    assert f"https://d.example/: note: {DECIDED}\n" in text
    assert "Written to pinboard: 2 removed.\n" in text


@pytest.mark.parametrize("receipt", ALL)
def test_no_line_of_any_receipt_steers_the_terminal(receipt: Receipt) -> None:
    """Only the line breaks are control characters, and the text can be written as UTF-8."""
    text = render(receipt)

    assert not [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert text.encode("utf-8")


def test_a_service_cannot_write_a_line_of_its_own() -> None:
    """A line break inside a reason stays inside its line, so no text from outside can pose as a verdict."""
    text = render(HOSTILE)

    assert "\\x1b]0;owned\\x07\\nIt balances." in text
    assert "It balances." not in text.splitlines()


def test_a_loss_of_an_older_receipt_says_that_its_reason_was_not_kept() -> None:
    """It is listed all the same."""
    text = render(attrs.evolve(BALANCED, losses=(Loss("https://b.example/", "note", "n"),)))

    assert '  https://b.example/: the reason was not kept: note "n" stays behind\n' in text


def test_losses_of_one_reason_are_one_group_whatever_their_fields() -> None:
    """What would turn public is said once, however many notes and highlights it is about."""
    urls = {"note": "https://b.example/1", "highlights": "https://b.example/2"}
    private = (Loss(url, field, "x", reason=reasons.WOULD_BE_PUBLIC) for field, url in urls.items())
    text = render(attrs.evolve(BALANCED, losses=tuple(private)))

    assert 1 == text.count(reasons.WOULD_BE_PUBLIC)
    assert f"  {reasons.WOULD_BE_PUBLIC} (2)\n" in text
