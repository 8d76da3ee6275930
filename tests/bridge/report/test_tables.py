"""Plans and whole runs as tables."""

from __future__ import annotations

import unicodedata
from typing import Any

import attrs
import pytest

from bridge.model import reasons
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.link import Side
from bridge.model.operation import Add, Delta, Remove
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Conflict, Listed, Loss, Receipt, Written
from bridge.report.operations import deeds, planned
from bridge.report.tables import SAMPLES, VALUE, Canvas, render, render_operations
from tests.bridge.report.receipts import ALL, DRY, HOSTILE
from tests.bridge.report.steps import entered, step, update

WIDE = Canvas()
MANY = [Bookmark(f"https://example.org/{number}", f"Title {number}", tags=("food",)) for number in range(12)]
PLAN = Plan(
    (
        *(step(Add(bookmark)) for bookmark in MANY),
        update(MANY[0], Delta({Field.TITLE: "new"}, add_tags=("a",), remove_tags=("food",))),
        step(Remove(Entry("r", MANY[1])), side=Side.LEFT),
    )
)
RECEIPT = attrs.evolve(
    DRY,
    read_source=2_414,
    added=2_311,
    merged=12,
    removed=2,
    filtered=7,
    writes={"pinboard": Written(2_311, 12), "pocket.zip": Written(removed=2)},
    conflicts=(Conflict("https://c.example/", "title", "pinboard", "ours", "theirs"),),
    losses=(
        *(Loss(url.url, "highlights", "quote", reason=reasons.NO_FIELD) for url in MANY),
        Loss("https://b.example/", "title", "a long one", "a long", reasons.CUT),
    ),
)


def drawn(receipt: Receipt = RECEIPT, plan: Plan = PLAN, canvas: Canvas = WIDE, **options: Any) -> str:
    """Return the tables of a plan."""
    return "".join(render(receipt, deeds(planned(plan), receipt), canvas, **options))


def lines(text: str) -> list[str]:
    """Return the lines, every gap in them one blank."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_counts_come_first() -> None:
    """What each account gets, what is left alone, the calls and the time."""
    text = lines(drawn())

    assert text[4:12] == [
        *("to add at pinboard 2,311", "to merge at pinboard 12", "to remove at pocket.zip 2", "unchanged 89"),
        *("outside of the selection 7", "losses 13", "calls 2,317", "time about 1 h 56 min"),
    ]


def test_a_sample_of_each_kind_is_shown_and_how_many_more_there_are() -> None:
    """Title and url, and what changes as old and new, tags with their sign."""
    text = lines(drawn())
    start = text.index("To merge at pinboard: 1")

    assert "To add at pinboard: 12" in text
    assert "https://example.org/4" in "\n".join(text)
    assert f"and {12 - SAMPLES} more" in text
    assert ["Bookmark What changes", "Title 0 title: Title 0 -> new", "https://example.org/0 tags: +a -food"] == [
        line for line in text[start + 1 : start + 5] if "─" not in line
    ]
    assert "To remove at pocket.zip: 1" in text
    assert "Shown in part; --all shows everything." == text[-1]


def test_losses_are_grouped_by_their_reason_and_conflicts_show_both_values() -> None:
    """Each reason is said once, with its number."""
    text = lines(drawn())

    assert f"{reasons.NO_FIELD} (12)" in text
    assert f"{reasons.CUT} (1)" in text
    assert "https://b.example/ title a long one a long" in text
    assert "https://c.example/ ours theirs the pinboard side's" in text


def test_everything_is_everything() -> None:
    """No row, group or value is cut, so nothing points elsewhere."""
    long = attrs.evolve(RECEIPT, losses=(*RECEIPT.losses, Loss("https://d.example/", "note", "n" * 5_000)))
    text = drawn(long, everything=True)

    assert all(f"https://example.org/{number}\n" in text for number in range(12))
    assert 5_000 <= text.count("n")
    assert "more" not in text
    assert "Shown in part" not in text
    assert f"({5_000 - VALUE:,} more" in drawn(long)


def test_a_run_points_to_where_all_of_it_is_shown() -> None:
    """Its operations say how they ended where that is not well."""
    receipt = Receipt(
        "migrate", "a", "b", run=4, read_source=12, added=11, skipped=(Listed("https://a.example/", "why"),)
    )
    done = entered(*(step(Add(bookmark)) for bookmark in MANY[:-1]))
    failed = entered(step(Add(MANY[-1])), state="failed", outcome="too long")
    whole = "".join(render(receipt, deeds([*done, *failed], receipt), WIDE, everything=True))
    part = "".join(render(receipt, deeds([*done, *failed], receipt), WIDE))

    assert "Additions at b: 12" in whole
    assert 1 == whole.count("failed")
    assert "too long" in whole
    assert "why (1)\n  https://a.example/\n" in whole
    assert "Shown in part; `bookmark-bridge show 4 --all` shows everything.\n" in part


def test_a_run_without_a_receipt_shows_its_operations() -> None:
    """All of them, and nothing else."""
    receipt = Receipt("migrate", "a", "b", run=4)
    text = "".join(render_operations(receipt, deeds(entered(step(Add(MANY[0])), state="sent"), receipt), WIDE))

    assert "Additions at b: 1" in text
    assert "sent, and never answered" in text
    assert "balance" not in text


@pytest.mark.parametrize("width", [40, 100, 200])
def test_tables_are_no_wider_than_the_terminal(width: int) -> None:
    """What does not fit is folded, not cut."""
    hostile = attrs.evolve(MANY[0], url="https://example.org/" + "x" * 300, title="日本語" * 30)
    text = drawn(plan=Plan((step(Add(hostile)),)), canvas=Canvas(width), everything=True)
    start = text.index("To add at pinboard")

    assert [] == [line for line in text[start : text.index("Conflicts")].splitlines() if len(line) > width]
    assert 300 <= "".join(text.split()).count("x")


def test_there_are_no_colours_but_where_they_are_wanted() -> None:
    """In a file there is no escape sequence at all."""
    assert "\x1b" not in drawn()
    assert "\x1b[" in drawn(canvas=Canvas(colours=True))


@pytest.mark.parametrize("receipt", ALL)
def test_no_line_of_any_plan_steers_the_terminal(receipt: Receipt) -> None:
    """Only the line breaks are control characters."""
    text = drawn(attrs.evolve(receipt, dry_run=True), everything=True)

    assert not [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert text.encode("utf-8")


def test_titles_are_no_markup_and_hide_nothing() -> None:
    """What looks like markup is shown as it is; what steers is shown as an escape; emoji names stay names."""
    hostile = Bookmark("https://h.example/", "[bold]x[/bold] :smile: \x1b[31m\u202ered\nIt balances.")
    text = drawn(HOSTILE, Plan((step(Add(hostile)),)), Canvas(300), everything=True)

    assert "[bold]x[/bold] :smile: \\x1b[31m\\u202ered\\nIt balances." in text
    assert "It balances." not in text.splitlines()


def test_pieces_come_one_by_one() -> None:
    """A reader has the first of a long table before the last is drawn."""
    steps: tuple[Step, ...] = tuple(step(Add(MANY[0])) for _ in range(1_000))
    pieces = render(RECEIPT, deeds(planned(Plan(steps)), RECEIPT), WIDE, everything=True)

    assert "To add at pinboard: 1,000" in next(pieces)
    assert len(list(pieces)) > 3


def test_a_bookmark_without_a_title_is_its_url() -> None:
    """Once, and not as an empty line."""
    untitled = (Bookmark("https://u.example/"), Bookmark("https://v.example/", "https://v.example/"))
    text = lines(drawn(plan=Plan(tuple(step(Add(bookmark)) for bookmark in untitled))))
    start = text.index("To add at pinboard: 2")

    assert ["https://u.example/", "https://v.example/"] == text[start + 3 : start + 5]
