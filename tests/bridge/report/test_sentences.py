"""A receipt in sentences."""

from __future__ import annotations

import attrs

from bridge.model.receipt import Estimate, Receipt, Verified, Written
from bridge.report.plain import render
from bridge.report.sentences import balance, brief, heading
from tests.bridge.report.receipts import BALANCED, DRY, INTERRUPTED, NOTHING_TO_DO, UNBALANCED


def test_balance_is_stated_as_a_sum_of_the_fates_that_occur() -> None:
    """The first sentence is the equation, without terms that are zero."""
    assert balance(BALANCED) == (
        "Read 12,000 = 11,870 added + 12 merged + 108 unchanged + 2 skipped + 8 failed. It balances."
    )


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

    assert "Plan of a dry run: migrate pocket.zip to pinboard" in text
    assert "Read 2,400 = 2,311 to add + 89 unchanged. It balances." in text
    assert "Nothing was written to pinboard." in text
    assert "2,311 to add: about 1 h 56 min (2,317 calls)." in text
    assert "To carry it out: bookmark-bridge apply tonight.json" in text


def test_a_dry_run_towards_a_file_speaks_of_no_calls() -> None:
    """Files count no calls, and no plan is named where none was saved."""
    text = render(attrs.evolve(DRY, plan=None, estimate=Estimate(calls=0, seconds=0.0)))

    assert "2,311 to add: less than 1 s.\n" in text
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


def test_a_run_without_a_number_is_just_a_run() -> None:
    """A receipt that was never stored has no number to be shown by."""
    assert render(Receipt("migrate", "a", "b")).startswith("Receipt of run: migrate a to b\n")


def test_three_kinds_of_writes_are_listed_as_a_sentence() -> None:
    """Commas between, "and" before the last."""
    text = render(attrs.evolve(UNBALANCED, writes={"pinboard": Written(1, 2, 3)}))

    assert "Written to pinboard: 1 added, 2 merged and 3 removed." in text


def test_removals_are_not_read_back_and_said_to_be_answered() -> None:
    """A run of removals alone has read nothing back; one of both says what was looked at."""
    writes = {"pinboard": Written(removed=90)}
    removed = attrs.evolve(UNBALANCED, added=0, removed=90, writes=writes, verified=Verified(0))
    both = attrs.evolve(removed, writes={"pinboard": Written(merged=3, removed=90)}, verified=Verified(3))

    assert "Read back: nothing to compare; 90 removals confirmed." in render(removed)
    assert "Read back: 3 bookmarks, all as sent; 90 removals confirmed." in render(both)


def test_a_star_that_came_off_is_no_merge() -> None:
    """What a forwarding changes at its source carries nothing there."""
    writes = {"pocket": Written(added=2), "news": Written(merged=2)}
    receipt = Receipt("forward", "news", "pocket", run=1, read_source=2, added=2, writes=writes, verified=Verified(4))

    assert "Written to pocket: 2 added.\nChanged at news once saved: 2.\n" in render(receipt)


def test_checked_nothing_is_said_as_such_where_something_was_written() -> None:
    """Zero read back is a number, not the absence of reading back."""
    assert "Read back: 0 bookmarks, all as sent." in render(attrs.evolve(UNBALANCED, verified=Verified(0)))


def test_an_undo_names_its_runs() -> None:
    """The heading says which runs were taken back, and the sum what they had written."""
    undone = Receipt("undo", "pocket", "pinboard", run=7, read_source=3, removed=2, merged=1, undoes=(5, 6))

    assert "Receipt of run 7: undo of runs 5 and 6: pocket to pinboard" == heading(undone)
    assert "Receipt of run 7: undo of run 5: pocket to pinboard" == heading(attrs.evolve(undone, undoes=(5,)))
    assert "Written then: 3 = 1 merged + 2 removed. It balances." == balance(undone)


def test_half_a_line_counts_the_fates_and_what_read_back_wrong() -> None:
    """It is what a log of many runs says of each."""
    assert "11,870 added, 12 merged, 108 unchanged, 2 skipped, 8 failed, 1 wrong on reading back" == brief(BALANCED)
    assert "100 unchanged" == brief(NOTHING_TO_DO)
    assert "nothing there" == brief(Receipt("mirror", "a", "b"))
