"""A receipt in sentences: what was read, what became of each bookmark, and whether the sum is right."""

from __future__ import annotations

import shlex

import attrs

from bridge.model.receipt import Receipt, Written
from bridge.report.text import BOTH_WAYS, TO_DO, count, estimate_sentence, listed


def heading(receipt: Receipt) -> str:
    """Return the title of the receipt."""
    run = (
        "Plan of a dry run"
        if receipt.dry_run
        else "Receipt of run" + ("" if receipt.run is None else f" {receipt.run}")
    )
    way = "with" if receipt.kind == "mirror" else "to"
    if receipt.undoes:
        runs = f"run{'' if len(receipt.undoes) == 1 else 's'} {listed([str(number) for number in receipt.undoes])}"
        return f"{run}: undo of {runs}: {receipt.source} to {receipt.target}"
    return f"{run}: {receipt.kind} {receipt.source} {way} {receipt.target}"


def balance(receipt: Receipt) -> str:
    """Return the sum of the receipt in words, and whether it is right."""
    left = _left(receipt)
    total = receipt.fates + left
    terms = " + ".join(f"{number:,} {fate}" for fate, number in fates(receipt))
    read = f"{'Written then:' if receipt.undoes else 'Read'} {receipt.read:,}"
    if receipt.kind == "mirror":
        read += f" ({receipt.read_source:,} at {receipt.source}, {receipt.read_target:,} at {receipt.target}, "
        read += f"{receipt.read_both:,} of them at both)"
    if total != receipt.read:
        adrift = receipt.read - total
        what = f"{count(adrift, 'bookmark')} without a fate" if adrift > 0 else f"{count(-adrift, 'fate')} too many"
        return (
            f"{read}, but {terms or 'no fate'} makes {total:,}. It does NOT balance: {what}. "
            "This is a fault of the program; please report it."
        )
    if left:
        return f"{read} = {terms}. Interrupted: {count(left, 'bookmark')} still to be done."
    return f"{read} = {terms}. It balances." if terms else f"{read} bookmarks. It balances."


def fates(receipt: Receipt) -> list[tuple[str, int]]:
    """Return the fates that occur, in words, with the number of bookmarks each."""
    dry = receipt.dry_run
    named = [
        *((TO_DO[kind] if dry else kind, getattr(receipt, kind)) for kind in TO_DO),
        ("unchanged", receipt.unchanged),
        ("skipped", len(receipt.skipped)),
        ("that would fail" if dry else "failed", len(receipt.failed)),
        ("in open conflict", receipt.open),
        ("not reached", _left(receipt)),
    ]
    return [(fate, number) for fate, number in named if number]


def summary(receipt: Receipt, *, counts: bool = True) -> list[str]:
    """Return what else there is to say in sentences: how far the run came, what was written, and how to go on.

    Without `counts` nothing is said of what is only counted, for whoever sets that as a table.
    """
    lines: list[str] = []
    if receipt.dry_run:
        nowhere = "" if receipt.kind in BOTH_WAYS else f" to {receipt.target}"
        lines.append(f"A dry run: this is what would be done. Nothing was written{nowhere}.")
    if receipt.interrupted:
        lines.append(
            "The run was cut short. Run the same command again: it goes on where this one stopped, and writes nothing "
            "twice."
        )
    if receipt.filtered and counts:
        lines.append(f"{count(receipt.filtered, 'more bookmark')} outside of the selection: left alone.")
    if receipt.dry_run:
        lines += _planned(receipt, counts=counts)
    else:
        lines += _written(receipt)
    calls = [f"{number:,} to {account}" for account, number in receipt.calls.items() if number]
    if calls and counts:
        lines.append(f"Calls: {listed(calls)}.")
    return [*lines, *receipt.remarks]


def brief(receipt: Receipt) -> str:
    """Return in half a line what became of the bookmarks: "3 added, 1 merged, 120 unchanged"."""
    counts = [f"{number:,} {fate}" for fate, number in fates(receipt)]
    wrong = _wrong(receipt)
    if wrong:
        counts.append(f"{wrong:,} wrong on reading back")
    return ", ".join(counts) or "nothing there"


def _left(receipt: Receipt) -> int:
    """Return how many bookmarks the run did not come to; one cut short may not have counted them."""
    if receipt.interrupted:
        return max(receipt.pending, receipt.read - receipt.fates)
    return receipt.pending


def _planned(receipt: Receipt, *, counts: bool) -> list[str]:
    lines = []
    if receipt.estimate is not None and counts:
        estimate = estimate_sentence(
            add=receipt.added, merge=receipt.merged, remove=receipt.removed, seconds=receipt.estimate.seconds
        )
        calls = f" ({count(receipt.estimate.calls, 'call')})." if receipt.estimate.calls else "."
        lines.append(estimate.removesuffix(".") + calls)
    if receipt.plan is not None:
        lines.append(f"The plan is saved. To carry it out: bookmark-bridge apply {shlex.quote(receipt.plan)}")
    return lines


def _written(receipt: Receipt) -> list[str]:
    lines = [
        _written_to(account, written, receipt)
        for account, written in receipt.writes.items()
        if any(attrs.astuple(written))
    ]
    if not lines and not receipt.added + receipt.merged + receipt.removed:
        return ["Nothing was written." if receipt.interrupted else "Nothing had to be written."]
    return [*lines, _read_back(receipt)]


def _written_to(account: str, written: Written, receipt: Receipt) -> str:
    if receipt.kind == "forward" and account == receipt.source:  # nothing is carried there
        return f"Changed at {account} once saved: {written.merged:,}."
    return f"Written to {account}: {_counted(written)}."


def _read_back(receipt: Receipt) -> str:
    """Say what was looked at once it was written: what was removed is gone by the service's own answer."""
    if receipt.verified is None:
        return "What was written has not been read back."
    removed = sum(written.removed for written in receipt.writes.values())
    checked, wrong = receipt.verified.checked, _wrong(receipt)
    if removed and not checked and not wrong:
        return f"Read back: nothing to compare; {count(removed, 'removal')} confirmed."
    verdict = f"{wrong:,} not as sent" if wrong else "all as sent"
    also = f"; {count(removed, 'removal')} confirmed" if removed else ""
    return f"Read back: {count(checked, 'bookmark')}, {verdict}{also}."


def _wrong(receipt: Receipt) -> int:
    """Return how many bookmarks read back wrong."""
    return len({item.url for item in receipt.verified.wrong}) if receipt.verified is not None else 0


def _counted(written: Written) -> str:
    counts = ((written.added, "added"), (written.merged, "merged"), (written.removed, "removed"))
    return listed([f"{number:,} {what}" for number, what in counts if number])
