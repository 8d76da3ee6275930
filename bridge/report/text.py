"""A receipt in words: what was read, what became of each bookmark, what was lost, and whether the sum is right.

`heading`, `balance`, `summary` and `sections` say it; `render` sets it as plain text, and `page` as HTML. `brief` is
half a line of it. Whatever comes from outside goes through `visible` on its way out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from bridge.model.receipt import Loss, Receipt, Written
from bridge.report.visible import visible as visible  # noqa: PLC0414 - for whoever renders, too

FIRST = 10
"""How many rows of a group, and groups of a section, stand in a text that does not show everything."""

LONGEST = 200
"""How many characters of a lost value stand in a text that does not show everything."""

BOTH_WAYS = frozenset({"mirror", "undo"})
"""Kinds of runs that may write to either account."""


@attrs.frozen
class Row:
    """A bookmark (its url, "" if it has none), and what there is to say about it alone."""

    url: str
    detail: str = ""


@attrs.frozen
class Group:
    """Rows that have a field or a reason in common."""

    name: str
    rows: tuple[Row, ...]


@attrs.frozen
class Section:
    """A list of the receipt under its title, with what it means, and what the names of its groups are."""

    title: str
    meaning: str
    grouped_by: str
    groups: tuple[Group, ...]

    @property
    def detailed(self) -> bool:
        """Whether any row says more than its url."""
        return any(row.detail for group in self.groups for row in group.rows)

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(len(group.rows) for group in self.groups)


def render(receipt: Receipt, *, all: bool = False) -> str:
    """Return the receipt as plain text that ends in a line break.

    Long lists and values are cut, and say by how much, unless `all` is asked for.
    """
    listed = sections(receipt)
    lines = [heading(receipt), "", balance(receipt), *summary(receipt)]
    for section in listed:
        lines += ["", f"{section.title}: {section.total:,} ({section.meaning})"]
        lines += [f"  {line}" for line in _set(section, all)]
    if not all and any(_is_cut(section) for section in listed):
        where = "--json" if receipt.run is None else f"bookmark-bridge show {receipt.run} --all"
        lines += ["", f"Shown in full by {where}."]
    return "".join(f"{visible(line)}\n" for line in lines)


def count(number: int, thing: str) -> str:
    """Return "1 bookmark", "12,000 bookmarks"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a length of time as people say it, in at most two units: "50 ms", "3 s", "4 min 30 s", "1 h 56 min"."""
    if 0 < seconds < 0.9995:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 59.95:
        return f"{round(seconds, 1):g} s"
    if round(seconds) < 600:
        return _units(round(seconds), 60, "min", "s")
    if round(seconds / 60) < 24 * 60:
        return _units(round(seconds / 60), 60, "h", "min")
    return _units(round(seconds / 3600), 24, "d", "h")


def estimate_sentence(*, add: int, merge: int = 0, remove: int = 0, seconds: float, gap: float | None = None) -> str:
    """Return what is to be written and how long it takes: "2,311 to add at one every 3 s: about 1 h 56 min".

    `gap` is the time from one call to the next, in seconds like `seconds`; None or 0 is not spoken of.
    """
    parts = _to_write(Written(add, merge, remove))
    if not parts:
        return "Nothing to write."
    pace = f" at one {'' if add and len(parts) == 1 else 'call '}every {duration(gap)}" if gap else ""
    time = f"about {duration(seconds)}" if seconds >= 1 else "done at once"
    return f"{_listed(parts)}{pace}: {time}"


def heading(receipt: Receipt) -> str:
    """Return the title of the receipt."""
    run = "dry run" if receipt.dry_run else "run" if receipt.run is None else f"run {receipt.run}"
    way = "with" if receipt.kind == "mirror" else "to"
    if receipt.undoes:
        runs = f"run{'' if len(receipt.undoes) == 1 else 's'} {_listed([str(number) for number in receipt.undoes])}"
        return f"Receipt of {run}: undo of {runs}: {receipt.source} to {receipt.target}"
    return f"Receipt of {run}: {receipt.kind} {receipt.source} {way} {receipt.target}"


def summary(receipt: Receipt) -> list[str]:
    """Return what else there is to say in sentences: how far the run came, what was written, and how to go on."""
    lines: list[str] = []
    if receipt.dry_run:
        nowhere = "" if receipt.kind in BOTH_WAYS else f" to {receipt.target}"
        lines.append(f"A dry run: this is what would be done. Nothing was written{nowhere}.")
    if receipt.interrupted:
        lines.append(
            "The run was cut short. Run the same command again: it goes on where this one stopped, and writes nothing "
            "twice."
        )
    if receipt.filtered:
        lines.append(f"{count(receipt.filtered, 'more bookmark')} outside of the selection: left alone.")
    lines += _planned(receipt) if receipt.dry_run else _written(receipt)
    calls = [f"{number:,} to {account}" for account, number in receipt.calls.items() if number]
    if calls:
        lines.append(f"Calls: {_listed(calls)}.")
    return [*lines, *receipt.remarks]


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
        ("to add" if dry else "added", receipt.added),
        ("to merge" if dry else "merged", receipt.merged),
        ("to remove" if dry else "removed", receipt.removed),
        ("unchanged", receipt.unchanged),
        ("skipped", len(receipt.skipped)),
        ("that would fail" if dry else "failed", len(receipt.failed)),
        ("in open conflict", receipt.open),
        ("not reached", _left(receipt)),
    ]
    return [(fate, number) for fate, number in named if number]


def brief(receipt: Receipt) -> str:
    """Return in half a line what became of the bookmarks: "3 added, 1 merged, 120 unchanged"."""
    counts = [f"{number:,} {fate}" for fate, number in fates(receipt)]
    wrong = _wrong(receipt)
    if wrong:
        counts.append(f"{wrong:,} wrong on reading back")
    return ", ".join(counts) or "nothing there"


def sections(receipt: Receipt) -> list[Section]:
    """Return the lists of the receipt that have rows, the ones to act on first."""
    wrong = receipt.verified.wrong if receipt.verified is not None else ()
    made = [
        Section(
            "Failed",
            "they could not be written",
            "Reason",
            _grouped((item.reason, Row(item.url)) for item in receipt.failed),
        ),
        Section(
            "Wrong on reading back",
            "the service shows another value than was sent",
            "Field",
            _grouped((item.field, Row(item.url)) for item in wrong),
        ),
        Section(
            "Conflicts",
            "both sides changed the same field",
            "Field",
            _grouped((item.field, Row(item.url, _decided(item.winner))) for item in receipt.conflicts),
        ),
        Section(
            "Skipped",
            "left out, each for its reason",
            "Reason",
            _grouped((item.reason, Row(item.url)) for item in receipt.skipped),
        ),
        Section(
            "Losses",
            "values that could not be carried over",
            "Field",
            _grouped((item.field, Row(item.url, _lost(item))) for item in receipt.losses),
        ),
    ]
    return [section for section in made if section.groups]


def _units(whole: int, base: int, large: str, small: str) -> str:
    most, rest = divmod(whole, base)
    return " ".join(f"{number} {unit}" for number, unit in ((most, large), (rest, small)) if number)


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _left(receipt: Receipt) -> int:
    """Return how many bookmarks the run did not come to; one cut short may not have counted them."""
    if receipt.interrupted:
        return max(receipt.pending, receipt.read - receipt.fates)
    return receipt.pending


def _planned(receipt: Receipt) -> list[str]:
    lines = []
    if receipt.estimate is not None:
        estimate = estimate_sentence(
            add=receipt.added, merge=receipt.merged, remove=receipt.removed, seconds=receipt.estimate.seconds
        )
        calls = f" ({count(receipt.estimate.calls, 'call')})." if receipt.estimate.calls else "."
        lines.append(estimate.removesuffix(".") + calls)
    if receipt.kind in BOTH_WAYS:
        parts = {account: _to_write(written) for account, written in receipt.writes.items()}
        lines += [f"At {account}: {_listed(verbs)}." for account, verbs in parts.items() if verbs]
    if receipt.plan is not None:
        lines.append(f"The plan is saved as {receipt.plan}; `bookmark-bridge apply` carries it out.")
    return lines


def _to_write(written: Written) -> list[str]:
    counts = ((written.added, "add"), (written.merged, "merge"), (written.removed, "remove"))
    return [f"{number:,} to {verb}" for number, verb in counts if number]


def _written(receipt: Receipt) -> list[str]:
    lines = [
        f"Written to {account}: {_counted(written)}."
        for account, written in receipt.writes.items()
        if any(attrs.astuple(written))
    ]
    if not lines and not receipt.added + receipt.merged + receipt.removed:
        return ["Nothing was written." if receipt.interrupted else "Nothing had to be written."]
    if receipt.verified is None:
        return [*lines, "What was written has not been read back."]
    wrong = _wrong(receipt)
    verdict = f"{wrong:,} not as sent" if wrong else "all as sent"
    return [*lines, f"Read back: {count(receipt.verified.checked, 'bookmark')}, {verdict}."]


def _wrong(receipt: Receipt) -> int:
    """Return how many bookmarks read back wrong."""
    return len({item.url for item in receipt.verified.wrong}) if receipt.verified is not None else 0


def _counted(written: Written) -> str:
    counts = ((written.added, "added"), (written.merged, "merged"), (written.removed, "removed"))
    return _listed([f"{number:,} {what}" for number, what in counts if number])


def _decided(winner: str | None) -> str:
    return "open, neither side was changed" if winner is None else f"the {winner} side's value stands"


def _lost(loss: Loss) -> str:
    return f'"{loss.wanted}" is kept as "{loss.kept}"' if loss.kept else f'"{loss.wanted}" stays behind'


def _grouped(rows: Iterable[tuple[str, Row]]) -> tuple[Group, ...]:
    """Return the rows by what they have in common: the largest group first, else in the order in which they came."""
    groups: dict[str, list[Row]] = {}
    for name, row in rows:
        groups.setdefault(name, []).append(row)
    made = (Group(name, tuple(members)) for name, members in groups.items())
    return tuple(sorted(made, key=lambda group: -len(group.rows)))


def _is_cut(section: Section) -> bool:
    rows = [row for group in section.groups for row in group.rows]
    long = any(len(group.rows) > FIRST for group in section.groups) or len(section.groups) > FIRST
    return long or any(len(row.detail) > LONGEST for row in rows)


def _set(section: Section, everything: bool) -> Iterator[str]:
    """Yield the lines of a section; a group of one row is one line."""
    groups = section.groups if everything else section.groups[:FIRST]
    for group in groups:
        if len(group.rows) == 1:
            row = group.rows[0]
            shown = (row.url, group.name, row.detail)
            yield ": ".join(_short(part, everything) for part in shown if part)
            continue
        yield f"{group.name} ({len(group.rows):,})"
        rows = group.rows if everything else group.rows[:FIRST]
        for row in rows:
            yield "  " + ": ".join(_short(part, everything) for part in (row.url, row.detail) if part)
        if len(group.rows) > len(rows):
            yield f"  and {len(group.rows) - len(rows):,} more"
    rest = section.total - sum(len(group.rows) for group in groups)
    if rest:
        yield f"and {rest:,} more"


def _short(text: str, everything: bool) -> str:
    if everything or len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}... ({len(text) - LONGEST:,} more characters)"
