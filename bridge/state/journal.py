"""The journal: which run intended what, what was sent, and what came of it.

A row is `planned` before anything is written, `sent` in a committed transaction before the call that carries it, and
then `done` or `failed` in the transaction that also moves replica and link. A row that is found `sent` by a later run
was never answered: it is settled by looking, not by sending again. `dropped` rows were sent without effect, or never;
`agreed` are Adds that met an entry which lacked nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from bridge.model.errors import ConfigurationError
from bridge.model.link import Side
from bridge.model.plan import Entered, Step
from bridge.model.receipt import Receipt
from bridge.state.codec import column
from bridge.state.file import explained
from bridge.state.store import Pair, Store


@attrs.frozen
class Row:
    """One step of one run, as the journal holds it."""

    id: int
    run: int
    seq: int
    step: Step


@attrs.frozen
class RunRecord:
    """One run, as the journal holds it. Times are seconds since the epoch; `receipt` is None while it runs or died.

    `accounts` are the numbers of both, the lower first; `options` are those of its job, "" if they were not kept.
    """

    id: int
    kind: str
    source: str
    target: str
    pid: int
    started: float
    ended: float | None
    state: str
    exit: int | None
    receipt: Receipt | None
    accounts: tuple[int, int]
    options: str


def as_it_is(record: RunRecord) -> RunRecord:
    """Return a run that is said to be running as dead if its process is gone: the next run will find that, too."""
    if record.state != "running":
        return record
    try:
        os.kill(record.pid, 0)  # which sends nothing
    except ProcessLookupError:
        return attrs.evolve(record, state="dead")
    except OSError:  # somebody else's process, which lives
        pass
    return record


class Journal:
    """The runs and their steps, in the store's file and its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(
        self, receipt: Receipt, pair: Pair, *, plan: str, rules: str = "", options: str = "", pid: int, now: float
    ) -> int:
        """Enter a run that starts now, and return its number. `rules` names those of the job, `options` are its."""
        with self._store.transaction():
            entered = self._store.connection.execute(
                "INSERT INTO runs (kind, source, target, low, high, plan, rules, options, pid, started, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')",
                (
                    receipt.kind,
                    column(receipt.source),
                    column(receipt.target),
                    pair.low,
                    pair.high,
                    plan,
                    rules,
                    column(options),
                    pid,
                    now,
                ),
            )
        return int(entered.lastrowid or 0)

    def end(self, run: int, receipt: Receipt, *, exit_code: int, now: float) -> None:
        """Enter how a run ended. Steps that were never sent are dropped."""
        with self._store.transaction():
            self._store.connection.execute(
                "UPDATE runs SET ended = ?, state = ?, exit = ?, receipt = ? WHERE id = ?",
                (
                    now,
                    "interrupted" if receipt.interrupted else "ended",
                    exit_code,
                    self._store.codec.dump(receipt),
                    run,
                ),
            )
            self._drop_planned(run)

    def rounds(self, pair: Pair, kind: str) -> int:
        """Return how many runs of a kind there were of a pair, whichever way they went."""
        with explained(self._store.folder):
            counted = self._store.connection.execute(
                "SELECT count(*) FROM runs WHERE low = ? AND high = ? AND kind = ?", (pair.low, pair.high, kind)
            )
            return int(counted.fetchone()[0])

    def ended_under(self, pair: Pair, rules: str) -> bool:
        """Tell whether the last run of a pair that had rules, and came to its end, had these."""
        with explained(self._store.folder):
            row = self._store.connection.execute(
                "SELECT rules FROM runs WHERE low = ? AND high = ? AND rules != '' AND state = 'ended' "
                "ORDER BY id DESC LIMIT 1",
                (pair.low, pair.high),
            ).fetchone()
            return row is not None and row[0] == rules

    def has_written(self, pair: Pair, account: int) -> bool:
        """Tell whether a run of a pair was ever to write to one of its accounts."""
        with explained(self._store.folder):
            found = self._store.connection.execute(
                "SELECT 1 FROM journal JOIN runs ON runs.id = run WHERE account = ? AND low = ? AND high = ? LIMIT 1",
                (account, pair.low, pair.high),
            )
            return found.fetchone() is not None

    def bury(self, pair: Pair) -> list[int]:
        """Mark the runs of these accounts that never ended as dead, and return their numbers.

        The caller holds the locks of both accounts, so nothing of them can be running.
        """
        ends = (pair.low, pair.high)
        with self._store.transaction():
            rows = self._store.connection.execute(
                "SELECT id FROM runs WHERE state = 'running' AND (low IN (?, ?) OR high IN (?, ?)) ORDER BY id",
                (*ends, *ends),
            ).fetchall()
            for (run,) in rows:
                self._store.connection.execute("UPDATE runs SET state = 'dead' WHERE id = ?", (run,))
                self._drop_planned(run)
        return [int(run) for (run,) in rows]

    def write(self, run: int, accounts: Sequence[int], steps: Sequence[Step]) -> list[Row]:
        """Enter the steps of a run before the first of them is sent; `accounts` are those written to, step by step."""
        dump = self._store.codec.dump
        with self._store.transaction():
            first = self._next(run)
            self._store.connection.executemany(
                "INSERT INTO journal (run, seq, account, state, body) VALUES (?, ?, ?, 'planned', ?)",
                (
                    (run, seq, account, dump(step))
                    for seq, (account, step) in enumerate(zip(accounts, steps, strict=True), first)
                ),
            )
            found = self._store.connection.execute(
                "SELECT id, seq FROM journal WHERE run = ? AND seq >= ? ORDER BY seq", (run, first)
            )
            numbers = found.fetchall()
        return [Row(number, run, seq, steps[seq - first]) for number, seq in numbers]

    def add(self, run: int, account: int, step: Step, *, instead: Row) -> Row:
        """Enter one more step of a run, found necessary on the way: once it is done, so is the row it stands in for."""
        return self._enter(run, account, step, "planned", instead.id)

    def owe(self, run: int, account: int, step: Step) -> Row:
        """Enter a repair: it counts as sent from the first, so that it is settled even if the run ends here."""
        return self._enter(run, account, step, "sent", None)

    def mark(self, rows: Iterable[Row], state: str, outcome: str | None = None) -> None:
        """Set the state of rows: sent before the call, done, failed or dropped after it."""
        why = None if outcome is None else column(outcome)
        with self._store.transaction():
            for row in rows:
                self._store.connection.execute(
                    "UPDATE journal SET state = ?, outcome = ? WHERE id = ?", (state, why, row.id)
                )
                if state == "done":
                    self._store.connection.execute(
                        "UPDATE journal SET state = 'done' WHERE id = (SELECT instead FROM journal WHERE id = ?)",
                        (row.id,),
                    )

    def _enter(self, run: int, account: int, step: Step, state: str, instead: int | None) -> Row:
        with self._store.transaction():
            seq = self._next(run)
            entered = self._store.connection.execute(
                "INSERT INTO journal (run, seq, account, state, body, instead) VALUES (?, ?, ?, ?, ?, ?)",
                (run, seq, account, state, self._store.codec.dump(step), instead),
            )
        return Row(int(entered.lastrowid or 0), run, seq, step)

    def _next(self, run: int) -> int:
        """Return the number of the next step of a run."""
        found = self._store.connection.execute("SELECT coalesce(max(seq) + 1, 0) FROM journal WHERE run = ?", (run,))
        return int(found.fetchone()[0])

    def unanswered(self, pair: Pair, account: int) -> list[Row]:
        """Return the rows that runs of a pair sent to one of its accounts and never saw answered, the oldest first."""
        with explained(self._store.folder):
            rows = self._store.connection.execute(
                "SELECT journal.id, run, seq, body FROM journal JOIN runs ON runs.id = run "
                "WHERE account = ? AND journal.state = 'sent' AND low = ? AND high = ? ORDER BY journal.id",
                (account, pair.low, pair.high),
            )
            return [Row(number, run, seq, self._step(body)) for number, run, seq, body in rows]

    def done_under(self, plan: str) -> set[str]:
        """Return the bodies of the steps that were done under a plan's id, whichever run did them."""
        with explained(self._store.folder):
            rows = self._store.connection.execute(
                "SELECT journal.body FROM journal JOIN runs ON runs.id = journal.run "
                "WHERE runs.plan = ? AND journal.state IN ('done', 'agreed')",
                (plan,),
            ).fetchall()
        return {str(body) for (body,) in rows}

    def written(self, runs: Iterable[int]) -> list[tuple[int, Row]]:
        """Return what runs have written, in the order in which it was sent, each with the number of the account.

        An Add that another step stands in for has met an entry, unless that step completes it.
        """
        found: list[tuple[int, Row]] = []
        for run in sorted(runs):
            with explained(self._store.folder):
                rows = self._store.connection.execute(
                    "SELECT id, seq, account, state, body, instead FROM journal WHERE run = ? ORDER BY seq", (run,)
                ).fetchall()
            steps = {number: self._step(body) for number, _, _, _, body, _ in rows}
            completed = {instead: steps[number].completes for number, _, _, _, _, instead in rows}
            found += [
                (account, Row(number, run, seq, steps[number]))
                for number, seq, account, state, _, _ in rows
                if completed.get(number, state == "done") and not steps[number].restores
            ]
        return found

    def sides(self, runs: Iterable[int]) -> dict[Side, int]:
        """Return the sides that runs meant to write, each with the number of its account."""
        with explained(self._store.folder):
            rows = [
                row
                for run in runs
                for row in self._store.connection.execute(
                    "SELECT DISTINCT json_extract(body, '$.side'), account FROM journal WHERE run = ?", (run,)
                )
            ]
        return {Side(side): account for side, account in rows}

    def runs(self) -> list[RunRecord]:
        """Return all runs, the latest first."""
        with explained(self._store.folder):
            rows = self._store.connection.execute(f"SELECT {_RUN} FROM runs ORDER BY id DESC")  # noqa: S608
            return [self._record(row) for row in rows]

    def run(self, number: int) -> RunRecord:
        """Return one run; raise ConfigurationError if there is none of that number."""
        with explained(self._store.folder):
            row = self._store.connection.execute(
                f"SELECT {_RUN} FROM runs WHERE id = ?",  # noqa: S608
                (number,),
            ).fetchone()
            if row is None:
                raise ConfigurationError(f"There is no run {number}.", "`bookmark-bridge runs` lists them.")
            return self._record(row)

    def steps(self, run: int) -> list[Entered]:
        """Return the steps of a run as they ended."""
        with explained(self._store.folder):
            rows = self._store.connection.execute(
                "SELECT seq, state, body, outcome, id IN (SELECT instead FROM journal WHERE run = ?) "
                "FROM journal WHERE run = ? ORDER BY seq",
                (run, run),
            )
            return [Entered(seq, state, self._step(body), why, bool(met)) for seq, state, body, why, met in rows]

    def _drop_planned(self, run: int) -> None:
        self._store.connection.execute("DELETE FROM journal WHERE run = ? AND state = 'planned'", (run,))

    def _step(self, body: str) -> Step:
        return self._store.codec.load(body, Step)

    def _record(self, row: tuple[Any, ...]) -> RunRecord:
        *plain, receipt, low, high, options = row
        ended = None if receipt is None else self._store.codec.load(receipt, Receipt)
        return RunRecord(*(*plain, ended, (low, high), options))


_RUN = "id, kind, source, target, pid, started, ended, state, exit, receipt, low, high, options"
