"""The plain text of a receipt."""

from __future__ import annotations

import unicodedata

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.receipt import Estimate, Listed, Loss, Receipt, Verified, Written
from bridge.report.text import FIRST, balance, brief, count, duration, estimate_sentence, heading, render, visible
from tests.bridge.report.receipts import (
    ALL,
    BALANCED,
    DRY,
    HOSTILE,
    INTERRUPTED,
    MIRRORED,
    NOTHING_TO_DO,
    UNBALANCED,
)


def test_balance_is_stated_as_a_sum_of_the_fates_that_occur() -> None:
    """The first sentence is the equation, without terms that are zero."""
    assert balance(BALANCED) == (
        "Read 12,000 = 11,870 added + 12 merged + 108 unchanged + 2 skipped + 8 failed. It balances."
    )


def test_half_a_line_counts_the_fates_and_what_read_back_wrong() -> None:
    """It is what a log of many runs says of each."""
    assert "11,870 added, 12 merged, 108 unchanged, 2 skipped, 8 failed, 1 wrong on reading back" == brief(BALANCED)
    assert "100 unchanged" == brief(NOTHING_TO_DO)
    assert "nothing there" == brief(Receipt("mirror", "a", "b"))


def test_a_sum_that_is_too_small_is_said_to_be_wrong() -> None:
    """Bookmarks without a fate are counted, and the fault is owned."""
    assert balance(UNBALANCED) == (
        "Read 100, but 90 added makes 90. It does NOT balance: 10 bookmarks without a fate. "
        "This is a fault of the program; please report it."
    )


def test_a_sum_that_is_too_large_is_said_to_be_wrong() -> None:
    """More fates than bookmarks do not balance either."""
    assert "89 added makes 89. It does NOT balance: 1 fate too many." in balance(
        attrs.evolve(UNBALANCED, read_source=88, added=89)
    )


def test_a_sum_without_any_fate_is_said_to_be_wrong() -> None:
    """A run that read something and did nothing with it does not balance."""
    assert "Read 100, but no fate makes 0." in balance(attrs.evolve(UNBALANCED, added=0))


def test_a_run_cut_short_does_not_balance_yet_and_says_how_to_go_on() -> None:
    """What is left is counted, without calling it a fault, and the same command goes on."""
    text = render(INTERRUPTED)

    assert "Read 100 = 60 added + 40 not reached. Interrupted: 40 bookmarks still to be done." in text
    assert "Run the same command again: it goes on where this one stopped" in text
    assert "fault" not in text


def test_a_run_cut_short_before_it_counted_the_rest_is_not_called_a_fault() -> None:
    """Where nothing is pending by count, what was read and has no fate is what is left."""
    assert balance(attrs.evolve(INTERRUPTED, pending=0)) == balance(INTERRUPTED)


def test_a_run_cut_short_with_too_many_fates_is_a_fault_all_the_same() -> None:
    """An interruption explains missing fates, never surplus ones."""
    assert "It does NOT balance" in balance(attrs.evolve(INTERRUPTED, added=101, pending=0))


def test_a_run_cut_short_before_its_first_write_says_that_nothing_was_written() -> None:
    """It does not claim that nothing had to be written."""
    text = render(Receipt("migrate", "a", "b", run=1, read_source=3, pending=3, interrupted=True))

    assert "Nothing was written." in text


def test_a_dry_run_says_what_would_be_done_and_how_long_it_takes() -> None:
    """The fates are in the future, and the estimate and the saved plan are named."""
    text = render(DRY)

    assert "Receipt of dry run: migrate pocket.zip to pinboard" in text
    assert "Read 2,400 = 2,311 to add + 89 unchanged. It balances." in text
    assert "Nothing was written to pinboard." in text
    assert "2,311 to add: about 1 h 56 min (2,317 calls)." in text
    assert "The plan is saved as tonight.json" in text


def test_a_dry_run_towards_a_file_speaks_of_no_calls() -> None:
    """Files count no calls, and no plan is named where none was saved."""
    text = render(attrs.evolve(DRY, plan=None, estimate=Estimate(calls=0, seconds=0.0)))

    assert "2,311 to add: done at once.\n" in text
    assert "plan" not in text
    assert "2,311 to add:" not in render(attrs.evolve(DRY, estimate=None))


def test_a_dry_run_of_nothing_says_so() -> None:
    """An empty plan is not put as an estimate."""
    assert "Nothing to write." in render(attrs.evolve(NOTHING_TO_DO, dry_run=True, estimate=Estimate(0, 0.0)))


def test_a_second_run_says_that_nothing_had_to_be_written() -> None:
    """A run without writes says so, and speaks of no reading back."""
    assert render(NOTHING_TO_DO) == (
        "Receipt of run 6: migrate a.jsonl to pinboard\n\nRead 100 = 100 unchanged. It balances.\n"
        "Nothing had to be written.\n"
    )


def test_an_empty_source_balances() -> None:
    """Reading nothing and doing nothing is no fault."""
    assert "Read 0 bookmarks. It balances." in render(Receipt("migrate", "a", "b"))


def test_writes_reading_back_calls_and_remarks_are_told() -> None:
    """Each account that was written or called has its numbers; those without any are left out."""
    text = render(BALANCED)

    assert "Written to pinboard: 11,870 added and 12 merged.\n" in text
    assert "Read back: 11,882 bookmarks, 1 not as sent.\n" in text
    assert "Calls: 11,900 to pinboard.\n" in text
    assert "3 more bookmarks outside of the selection: left alone.\n" in text
    assert "An earlier run stopped early; this one goes on.\n" in text
    assert "to pocket.zip" not in text


def test_reading_back_without_a_fault_and_none_at_all_are_told_apart() -> None:
    """`verified` None means that nobody looked."""
    assert "Read back: 90 bookmarks, all as sent." in render(UNBALANCED)
    assert "has not been read back" in render(attrs.evolve(UNBALANCED, verified=None))


def test_losses_are_grouped_by_field_with_the_first_and_how_many_more() -> None:
    """The largest group comes first, and a cut value shows what became of it."""
    text = render(BALANCED)

    assert "Losses: 26 (" in text
    assert '  highlights (25)\n    https://a.example/0: "quote 0" stays behind\n' in text
    assert f"    and {25 - FIRST} more\n" in text
    assert '  https://a.example/title: title: "a long title" is kept as "a long"\n' in text
    assert "Shown in full by bookmark-bridge show 12 --all." in text


def test_all_shows_every_row_and_every_character() -> None:
    """Nothing is cut, so nothing points elsewhere."""
    long = attrs.evolve(BALANCED, losses=(*BALANCED.losses, Loss("https://b.example/", "note", "n" * 5_000)))

    text = render(long, all=True)

    assert all(f"https://a.example/{number}:" in text for number in range(25))
    assert "n" * 5_000 in text
    assert "Shown in full" not in text


def test_a_long_value_says_how_much_of_it_is_not_shown() -> None:
    """A single long loss is cut, too, and the way to the rest is told; a dry run has no number to be shown by."""
    text = render(attrs.evolve(DRY, losses=(Loss("https://b.example/", "note", "n" * 5_000),)))

    assert "nnn... (4," in text
    assert "Shown in full by --json." in text


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
    assert "https://d.example/: note: the left side's value stands\n" in text
    assert "Written to pinboard: 2 removed.\n" in text


def test_a_run_without_a_number_is_just_a_run() -> None:
    """A receipt that was never stored has no number to be shown by."""
    assert render(Receipt("migrate", "a", "b")).startswith("Receipt of run: migrate a to b\n")


def test_three_kinds_of_writes_are_listed_as_a_sentence() -> None:
    """Commas between, "and" before the last."""
    text = render(attrs.evolve(UNBALANCED, writes={"pinboard": Written(1, 2, 3)}))

    assert "Written to pinboard: 1 added, 2 merged and 3 removed." in text


@pytest.mark.parametrize("receipt", ALL)
def test_no_line_of_any_receipt_steers_the_terminal(receipt: Receipt) -> None:
    """Only the line breaks are control characters, and the text can be written as UTF-8."""
    for everything in (True, False):
        text = render(receipt, all=everything)

        assert not [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
        assert text.encode("utf-8")


def test_a_service_cannot_write_a_line_of_its_own() -> None:
    """A line break inside a reason stays inside its line, so no text from outside can pose as a verdict."""
    text = render(HOSTILE)

    assert "\\x1b]0;owned\\x07\\nIt balances." in text
    assert "It balances." not in text.splitlines()


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\r\nlines", "two\\r\\nlines"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("\x9b2J\x7f", "\\x9b2J\\x7f"),
        ("line\u2028end", "line\\u2028end"),
        ("lone \ud800", "lone \\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("caf\u00e9\u00a0\u3000\u200d\u200c", "caf\u00e9\u00a0\u3000\u200d\u200c"),
        ("C:\\new", "C:\\new"),
    ],
)
def test_visible_escapes_what_steers_or_hides_and_keeps_what_people_write(given_text: str, shown: str) -> None:
    """Escapes, bidi controls, line ends and lone surrogates are shown; blanks, joiners and backslashes stay."""
    assert shown == visible(given_text)


@given(st.text(st.characters()))
def test_visible_is_one_line_and_idempotent(text: str) -> None:
    """Whatever comes in, one line of plain characters comes out, and again the same."""
    shown = visible(text)

    assert len(shown.splitlines()) <= 1
    assert shown == visible(shown)
    assert shown.encode("utf-8").decode("utf-8") == shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.0001, "1 ms"),
        (0.05, "50 ms"),
        (0.9999, "1 s"),
        (1.5, "1.5 s"),
        (3, "3 s"),
        (59.97, "1 min"),
        (60, "1 min"),
        (270, "4 min 30 s"),
        (599.7, "10 min"),
        (2_700, "45 min"),
        (3_600, "1 h"),
        (6_951, "1 h 56 min"),
        (86_400, "1 d"),
        (183_600, "2 d 3 h"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    """At most two units, rounded to the smaller one."""
    assert said == duration(seconds)


@given(st.floats(1, 10_000_000))
def test_a_duration_is_never_off_by_more_than_its_smaller_unit_allows(seconds: float) -> None:
    """Read back, the words differ from the seconds by less than one part in twenty."""
    units = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
    words = duration(seconds).split()
    said = sum(float(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))

    assert len(words) in {2, 4}
    assert abs(said - seconds) <= seconds / 20


@pytest.mark.parametrize(
    ("given_numbers", "said"),
    [
        ({"add": 2_311, "seconds": 6_951, "gap": 3}, "2,311 to add at one every 3 s: about 1 h 56 min"),
        ({"add": 5, "merge": 2, "seconds": 27, "gap": 3}, "5 to add and 2 to merge at one call every 3 s: about 27 s"),
        ({"add": 0, "remove": 4, "seconds": 0.2, "gap": 0.05}, "4 to remove at one call every 50 ms: done at once"),
        ({"add": 7, "seconds": 0}, "7 to add: done at once"),
        ({"add": 7, "seconds": 0, "gap": 0}, "7 to add: done at once"),
        ({"add": 0, "seconds": 0}, "Nothing to write."),
    ],
)
def test_an_estimate_is_one_sentence(given_numbers: dict[str, float], said: str) -> None:
    """What is to be written, the pace if there is one, and the time."""
    assert said == estimate_sentence(**given_numbers)  # type: ignore[arg-type]


def test_one_is_not_a_plural() -> None:
    """Numbers have thousands separators, and one thing is one thing."""
    assert count(1, "bookmark") == "1 bookmark"
    assert count(0, "bookmark") == "0 bookmarks"
    assert count(12_000, "call") == "12,000 calls"


def test_checked_nothing_is_said_as_such_where_something_was_written() -> None:
    """Zero read back is a number, not the absence of reading back."""
    assert "Read back: 0 bookmarks, all as sent." in render(attrs.evolve(UNBALANCED, verified=Verified(0)))


def test_an_undo_names_its_runs() -> None:
    """The heading says which runs were taken back, and the sum what they had written."""
    undone = Receipt("undo", "pocket", "pinboard", run=7, read_source=3, removed=2, merged=1, undoes=(5, 6))

    assert "Receipt of run 7: undo of runs 5 and 6: pocket to pinboard" == heading(undone)
    assert "Receipt of run 7: undo of run 5: pocket to pinboard" == heading(attrs.evolve(undone, undoes=(5,)))
    assert "Written then: 3 = 1 merged + 2 removed. It balances." == balance(undone)
