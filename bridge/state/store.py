"""The state of one user, in one SQLite file: replicas, links and tag memory; the journal and the pace are beside them.

What is handed out are values of the model. Every method that writes is one transaction; several become one inside
`transaction`. A pair of accounts is stored once, whichever of them a job calls left: links and tag memory are turned on
their way in and out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import attrs

from bridge.model import url as urls
from bridge.model.adapter import Listing, Problem
from bridge.model.bookmark import Entry, Field
from bridge.model.link import Link
from bridge.model.receipt import Loss, Receipt
from bridge.state.codec import Codec, column
from bridge.state.file import connect, explained, immediate
from bridge.state.schema import ABSENT, PRESENT, REPORTED, UNREADABLE

T = TypeVar("T")


@attrs.frozen
class Notes:
    """What the last full listing of an account had to say besides its entries."""

    problems: tuple[Problem, ...] = ()
    losses: tuple[Loss, ...] = ()
    remarks: tuple[str, ...] = ()

    def followed_by(self, more: Notes, shown: Iterable[Entry]) -> Notes:
        """Return both notes as one, each once, without what this one says of the entries that are shown since."""
        refs = {entry.ref: entry.bookmark.url for entry in shown}
        addresses = set(refs.values())
        problems = [item for item in self.problems if item.ref not in refs and item.url not in addresses]
        losses = [loss for loss in self.losses if loss.url not in addresses]
        return Notes(
            _once(*problems, *more.problems), _once(*losses, *more.losses), _once(*self.remarks, *more.remarks)
        )


@attrs.frozen
class Pair:
    """Two accounts of a job, by their numbers in the state."""

    left: int
    right: int

    @property
    def low(self) -> int:
        """The account that is stored first."""
        return min(self.left, self.right)

    @property
    def high(self) -> int:
        """The account that is stored second."""
        return max(self.left, self.right)

    @property
    def turned(self) -> bool:
        """Whether the job's left is stored second."""
        return self.left > self.right

    @property
    def the_other_way(self) -> Pair:
        """The same accounts, the right on the left."""
        return Pair(self.right, self.left)


class Store:
    """Replicas, links and tag memory. One Store belongs to one thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = connect(folder)
        self.codec = Codec()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen at once or not at all. Transactions nest: the outermost one commits."""
        if self.connection.in_transaction:
            yield
            return
        with explained(self.folder), immediate(self.connection):
            yield

    def account(self, identity: str) -> int:
        """Return the number of an account, which is given one if it is new."""
        with self.transaction():
            self.connection.execute("INSERT OR IGNORE INTO accounts (identity) VALUES (?)", (column(identity),))
            found = self.connection.execute("SELECT id FROM accounts WHERE identity = ?", (column(identity),))
            return int(found.fetchone()[0])

    def known(self, account: int) -> tuple[str, frozenset[Field]]:
        """Return the identity of an account, and the fields that its last listing spoke of."""
        with explained(self.folder):
            row = self.connection.execute("SELECT identity, reads FROM accounts WHERE id = ?", (account,)).fetchone()
        return row[0], frozenset(map(Field, row[1].split()))

    def cursor(
        self, account: int, reads: frozenset[Field], since: float = -math.inf, now: float = math.inf
    ) -> str | None:
        """Return where the account's next pull starts.

        At the beginning, where it reads other fields than before: what was listed lacks a field that is new, and an
        increment would leave it so; and where the last whole listing is not newer than `since`, or
        newer than `now`: the clock was wrong then.
        """
        with explained(self.folder):
            row = self.connection.execute(
                "SELECT cursor, reads, listed FROM accounts WHERE id = ?", (account,)
            ).fetchone()
        cursor, fields, listed = row
        old = since > -math.inf and (listed is None or not since < listed <= now)
        return None if cursor is None or fields != _names(reads) or old else str(cursor)

    def drop_cursors(self, *accounts: int) -> None:
        """Make the next pull of these accounts a full one.

        So it must be once we have written: a service that answers as it did before our writes has lost them.
        """
        with self.transaction():
            for account in accounts:
                self.connection.execute("UPDATE accounts SET cursor = NULL WHERE id = ?", (account,))

    def notes(self, account: int) -> Notes:
        """Return what the last listing said besides its entries."""
        with explained(self.folder):
            row = self.connection.execute("SELECT body FROM accounts WHERE id = ?", (account,)).fetchone()
            return self.codec.load(row[0], Notes)

    def save_listing(self, account: int, listing: Listing, reads: frozenset[Field], now: float = 0.0) -> None:
        """Take a listing of these fields, made `now`, into the replica, and its cursor after it, in one transaction.

        A complete listing leaves nothing else present; a record that could not be read keeps its entry present. What
        was noted before stays after any other listing, but for the entries that this one shows.
        """
        with self.transaction():
            notes = Notes(listing.problems, listing.losses, listing.remarks)
            named = self._named(account, listing.problems)
            if listing.end.complete:
                self.connection.execute(
                    "UPDATE entries SET present = ? WHERE account = ? AND present > 0", (ABSENT, account)
                )
                self._touch(account)
                self.connection.execute("UPDATE accounts SET listed = ? WHERE id = ?", (now, account))
            else:
                notes = self.notes(account).followed_by(notes, listing.entries)
            if notes != self.notes(account):
                self._touch(account)
            self._set_present(account, named, UNREADABLE)
            self._save_entries(account, listing.entries)
            self._set_present(account, listing.removed, REPORTED)
            cursor = None if listing.end.cursor is None else column(listing.end.cursor)
            self.connection.execute(
                "UPDATE accounts SET cursor = ?, reads = ?, body = ? WHERE id = ?",
                (cursor, _names(reads), self.codec.dump(notes), account),
            )

    def save_entry(self, account: int, entry: Entry) -> None:
        """Take one entry into the replica, as we wrote it or as it was read back."""
        with self.transaction():
            self._save_entries(account, (entry,))

    def remove_entry(self, account: int, ref: str) -> None:
        """Take one entry out of the replica; a tombstone stays."""
        with self.transaction():
            self._set_present(account, (ref,), ABSENT)

    def entry(self, account: int, ref: str) -> Entry | None:
        """Return an entry as it was when last seen, None if the account did not hold it then."""
        with explained(self.folder):
            row = self.connection.execute(
                "SELECT body FROM entries WHERE account = ? AND ref = ? AND present > 0", (account, column(ref))
            ).fetchone()
            return None if row is None else self.codec.load(row[0], Entry)

    def entries(self, account: int) -> list[Entry]:
        """Return what the account held when last seen, in the order in which the entries were first seen."""
        with explained(self.folder):
            rows = self.connection.execute(
                "SELECT body FROM entries WHERE account = ? AND present > 0 ORDER BY rowid", (account,)
            )
            return [self.codec.load(body, Entry) for (body,) in rows]

    def unreadable(self, account: int) -> set[str]:
        """Return the refs of entries that are there but could not be read: `entries` shows them as they were before."""
        return self._refs(account, UNREADABLE)

    def reported(self, account: int) -> set[str]:
        """Return the refs of entries that the service itself has said to be removed."""
        return self._refs(account, REPORTED)

    def _refs(self, account: int, present: int) -> set[str]:
        with explained(self.folder):
            rows = self.connection.execute(
                "SELECT body FROM entries WHERE account = ? AND present = ?", (account, present)
            )
            return {self.codec.load(body, Entry).ref for (body,) in rows}

    def links(self, pair: Pair) -> list[Link]:
        """Return the links of a pair, its left on the left."""
        with explained(self.folder):
            rows = self.connection.execute(
                "SELECT id, body FROM links WHERE low = ? AND high = ? ORDER BY id", (pair.low, pair.high)
            )
            found = [attrs.evolve(self.codec.load(body, Link), id=number) for number, body in rows]
        return [link.turned() for link in found] if pair.turned else found

    def linked(self, pair: Pair, ref: str) -> Link | None:
        """Return the link that an entry of the pair's right belongs to."""
        end = "low_ref" if pair.turned else "high_ref"
        with explained(self.folder):
            row = self.connection.execute(
                f"SELECT body FROM links WHERE low = ? AND high = ? AND {end} = ?",  # noqa: S608
                (pair.low, pair.high, column(ref)),
            ).fetchone()
            found = None if row is None else self.codec.load(row[0], Link)
        return found.turned() if found is not None and pair.turned else found

    def save_links(self, pair: Pair, links: Iterable[Link]) -> None:
        """Store links of a pair and learn their tags; each takes the place of what its refs were linked to before."""
        with self.transaction():
            for link in links:
                self._save_link(pair, link)
                self._touch(pair.left)

    def twins(self, pair: Pair) -> Mapping[str, str]:
        """Return for each entry of the pair's left that its right keeps as another bookmark the ref of that one."""
        with explained(self.folder):
            rows = self.connection.execute(
                "SELECT ref, twin FROM twins WHERE account = ? AND other = ?", (pair.left, pair.right)
            )
            return dict(rows.fetchall())

    def save_twin(self, pair: Pair, ref: str, twin: str) -> None:
        """Remember that the pair's right keeps an entry of its left as another bookmark, its `twin`."""
        with self.transaction():
            self._touch(pair.left)
            self.connection.execute(
                "INSERT OR REPLACE INTO twins (account, other, ref, twin) VALUES (?, ?, ?, ?)",
                (pair.left, pair.right, column(ref), column(twin)),
            )

    def save_refusal(self, name: str, items: Iterable[str]) -> None:
        """Remember what a guard refused, under the name by which a person may approve of it."""
        with self.transaction():
            self.connection.execute(
                "INSERT OR REPLACE INTO refusals VALUES (?, ?)", (name, self.codec.dump(sorted(items)))
            )

    def forget_refusal(self, name: str) -> None:
        """Forget what a guard refused under a name: it was approved of, and that is done."""
        with self.transaction():
            self.connection.execute("DELETE FROM refusals WHERE id = ?", (column(name),))

    def refused(self, name: str) -> frozenset[str]:
        """Return what a guard refused under a name; nothing, if there is no such refusal."""
        with explained(self.folder):
            row = self.connection.execute("SELECT body FROM refusals WHERE id = ?", (column(name),)).fetchone()
            return frozenset() if row is None else frozenset(self.codec.load(row[0], list[str]))

    def forget(self, pair: Pair) -> int:
        """Drop the links, the twins, the tag memory and the cursors of a pair; return how many links there were."""
        with self.transaction():
            ends = (pair.low, pair.high)
            self.drop_cursors(*ends)
            self._touch(pair.left)
            dropped = self.connection.execute("DELETE FROM links WHERE low = ? AND high = ?", ends).rowcount
            self.connection.execute("DELETE FROM tag_memory WHERE low = ? AND high = ?", ends)
            for one, other in (ends, ends[::-1]):
                self.connection.execute("DELETE FROM twins WHERE account = ? AND other = ?", (one, other))
        return dropped

    def versions(self, pair: Pair) -> tuple[int, int]:
        """Return two numbers of which one grows whenever anything changes in what is known of either account."""
        with explained(self.folder):
            rows = self.connection.execute(
                "SELECT version FROM accounts WHERE id IN (?, ?) ORDER BY id", (pair.low, pair.high)
            )
            low, high = (int(version) for (version,) in rows)
        return low, high

    def save_rest(self, pair: Pair, job: str, receipt: Receipt) -> None:
        """Remember that a job found nothing to do at these versions of both accounts, and its receipt."""
        with self.transaction():
            self.connection.execute(
                "INSERT INTO rests (low, high, job, low_version, high_version, receipt) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET job = excluded.job, receipt = excluded.receipt, "
                "low_version = excluded.low_version, high_version = excluded.high_version",
                (pair.low, pair.high, job, *self.versions(pair), self.codec.dump(receipt)),
            )

    def rest(self, pair: Pair, job: str) -> Receipt | None:
        """Return the receipt of a job that found nothing to do, and count one round more; None if anything changed."""
        with self.transaction():
            rested = self.connection.execute(
                "UPDATE rests SET rounds = rounds + 1 WHERE low = ? AND high = ? AND job = ? AND low_version = ? "
                "AND high_version = ? RETURNING receipt",
                (pair.low, pair.high, job, *self.versions(pair)),
            ).fetchone()
        return None if rested is None else self.codec.load(rested[0], Receipt)

    def rounds_rested(self, pair: Pair) -> int:
        """Return how many runs of a pair were not entered, as there was nothing to do."""
        with explained(self.folder):
            row = self.connection.execute(
                "SELECT rounds FROM rests WHERE low = ? AND high = ?", (pair.low, pair.high)
            ).fetchone()
            return 0 if row is None else int(row[0])

    def tag_memory(self, pair: Pair) -> Mapping[str, str]:
        """Return for each tag of the left the tag of the right that last stood for it."""
        ours, theirs = ("high_tag", "low_tag") if pair.turned else ("low_tag", "high_tag")
        with explained(self.folder):
            rows = self.connection.execute(
                f"SELECT {ours}, {theirs} FROM tag_memory WHERE low = ? AND high = ? ORDER BY used",  # noqa: S608
                (pair.low, pair.high),
            )
            return dict(rows.fetchall())

    def _named(self, account: int, problems: Iterable[Problem]) -> set[str]:
        """Return the refs of the entries that broken records name, by their ref or else by their url."""
        refs = {item.ref for item in problems if item.ref is not None}
        keys = {urls.key(item.url) for item in problems if item.ref is None and item.url is not None}
        if keys:
            refs |= {entry.ref for entry in self.entries(account) if urls.key(entry.bookmark.url) in keys}
        return refs

    def _touch_if_changed(self, account: int, before: int) -> None:
        """Count a change of an account, if there was any: a service may list again what it has listed before."""
        if self.connection.total_changes != before:
            self._touch(account)

    def _touch(self, account: int) -> None:
        self.connection.execute("UPDATE accounts SET version = version + 1 WHERE id = ?", (account,))

    def _set_present(self, account: int, refs: Iterable[str], present: int) -> None:
        before = self.connection.total_changes
        self.connection.executemany(
            "UPDATE entries SET present = ? WHERE account = ? AND ref = ? AND present != ?",
            ((present, account, column(ref), present) for ref in refs),
        )
        self._touch_if_changed(account, before)

    def _save_entries(self, account: int, entries: Iterable[Entry]) -> None:
        before = self.connection.total_changes
        self.connection.executemany(
            "INSERT INTO entries (account, ref, present, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET present = excluded.present, body = excluded.body "
            "WHERE present != excluded.present OR body != excluded.body",
            ((account, column(entry.ref), PRESENT, self.codec.dump(entry)) for entry in entries),
        )
        self._touch_if_changed(account, before)

    def _save_link(self, pair: Pair, link: Link) -> None:
        """Store a link by its refs. Its number says nothing here: that of a saved plan may be another link's by now."""
        stored = link.turned() if pair.turned else link
        ends = (pair.low, pair.high)
        refs = (column(stored.left.ref), column(stored.right.ref))
        # One statement for each index: an OR over them would walk through all links of the pair.
        self.connection.execute("DELETE FROM links WHERE low = ? AND high = ? AND low_ref = ?", (*ends, refs[0]))
        self.connection.execute("DELETE FROM links WHERE low = ? AND high = ? AND high_ref = ?", (*ends, refs[1]))
        body = self.codec.dump(attrs.evolve(stored, id=None))
        self.connection.execute(
            "INSERT INTO links (low, high, low_ref, high_ref, body) VALUES (?, ?, ?, ?, ?)", (*ends, *refs, body)
        )
        self.connection.executemany(
            "INSERT INTO tag_memory (low, high, low_tag, high_tag, used) VALUES (?, ?, ?, ?, "
            "(SELECT coalesce(max(used), 0) + 1 FROM tag_memory)) ON CONFLICT DO UPDATE SET used = excluded.used",
            ((*ends, column(low), column(high)) for low, high in sorted(stored.pairs)),
        )


def _names(fields: frozenset[Field]) -> str:
    return " ".join(sorted(field.value for field in fields))


def _once(*items: T) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
