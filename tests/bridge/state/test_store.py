"""Replicas, links and tag memory in a real SQLite file."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.model.adapter import End, Listing, Problem
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Entry, Field
from bridge.model.errors import StateError
from bridge.model.link import Half, Link, Side
from bridge.model.receipt import Loss
from bridge.state.store import Notes, Pair, Store
from tests.support.bench import QuickStore

A, B, C = (Entry(name, Bookmark(f"https://{name}.example/")) for name in "abc")
COMPLETE = End(complete=True, cursor="1")
INCREMENT = End(complete=False, cursor="2")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a new state."""
    opened = QuickStore(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def account(store: Store) -> int:
    """Enter an account."""
    return store.account("somewhere")


def listing(*entries: Entry, end: End = COMPLETE, **more: tuple[object, ...]) -> Listing:
    """Return what a pull brought."""
    parts = {"removed": (), "problems": (), "losses": (), "remarks": (), **more}
    return Listing(entries=entries, end=end, **parts)  # type: ignore[arg-type]


def test_an_account_keeps_its_number(store: Store, tmp_path: Path) -> None:
    """In this process and the next, whatever its identity is made of."""
    numbers = [store.account(identity) for identity in ("one", "two", "one", "three\ud800")]
    other = Store(tmp_path / "state")

    assert numbers[0] == numbers[2]
    assert 3 == len(set(numbers))
    assert numbers[3] == other.account("three\ud800")
    other.close()


def test_a_new_account_is_empty_and_asks_for_everything(store: Store, account: int) -> None:
    """No cursor, no entries, no notes."""
    assert (None, [], Notes(), set()) == (
        store.cursor(account, ALL_FIELDS),
        store.entries(account),
        store.notes(account),
        store.unreadable(account),
    )


class TestListing:
    """A pull, taken into the replica."""

    def test_entries_and_cursor_change_together(self, store: Store, account: int) -> None:
        """Both are there after the transaction."""
        store.save_listing(account, listing(A, B), ALL_FIELDS)

        assert ([A, B], "1") == (store.entries(account), store.cursor(account, ALL_FIELDS))

    @pytest.mark.parametrize("table", ["entries", "accounts"])
    def test_entries_and_cursor_change_not_at_all(self, store: Store, account: int, table: str) -> None:
        """A fault in either leaves both as they were."""
        store.save_listing(account, listing(A), ALL_FIELDS)
        store.connection.execute(
            f"CREATE TRIGGER full BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )

        with pytest.raises(StateError, match="disk is full"):
            store.save_listing(
                account, listing(Entry("a", Bookmark("https://a.example/moved")), B, end=INCREMENT), ALL_FIELDS
            )

        assert ([A], "1") == (store.entries(account), store.cursor(account, ALL_FIELDS))
        assert not store.connection.in_transaction

    def test_a_complete_listing_leaves_nothing_else_present(self, store: Store, account: int) -> None:
        """What it does not show is a tombstone, and comes back as what it is then."""
        store.save_listing(account, listing(A, B), ALL_FIELDS)
        store.save_listing(account, listing(B), ALL_FIELDS)
        assert [B] == store.entries(account)

        changed = attrs.evolve(A, bookmark=Bookmark(A.bookmark.url, title="new"))
        store.save_listing(account, listing(changed, B), ALL_FIELDS)

        assert [changed, B] == store.entries(account)

    def test_an_incomplete_listing_takes_away_only_what_is_reported_gone(self, store: Store, account: int) -> None:
        """What it does not show stays present."""
        store.save_listing(account, listing(A, B, C), ALL_FIELDS)

        store.save_listing(account, listing(A, end=INCREMENT, removed=("b", "never seen")), ALL_FIELDS)

        assert ([A, C], "2") == (store.entries(account), store.cursor(account, ALL_FIELDS))

    def test_a_listing_without_a_cursor_asks_for_everything_next_time(self, store: Store, account: int) -> None:
        """No older cursor stays behind."""
        store.save_listing(account, listing(A), ALL_FIELDS)
        store.save_listing(account, listing(A, end=End(complete=True)), ALL_FIELDS)

        assert store.cursor(account, ALL_FIELDS) is None

    @pytest.mark.parametrize("end", [COMPLETE, INCREMENT], ids=["complete", "increment"])
    @pytest.mark.parametrize(
        "problem",
        [Problem("row 1", "odd", ref="a"), Problem("row 1", "odd", url="https://A.example:443")],
        ids=["ref", "url"],
    )
    def test_a_broken_record_keeps_its_entry_present(
        self, store: Store, account: int, problem: Problem, end: End
    ) -> None:
        """Named by its ref, or by any spelling of its url: it is there, and was not read."""
        store.save_listing(account, listing(A, B), ALL_FIELDS)

        store.save_listing(account, listing(B, end=end, problems=(problem,)), ALL_FIELDS)

        assert ([A, B], {"a"}) == (store.entries(account), store.unreadable(account))
        store.save_listing(account, listing(A, B, end=end), ALL_FIELDS)
        assert set() == store.unreadable(account)

    def test_a_broken_record_beside_a_good_one_hides_nothing(self, store: Store, account: int) -> None:
        """Of two records of one url, one can be read."""
        store.save_listing(account, listing(A), ALL_FIELDS)

        store.save_listing(account, listing(A, problems=(Problem("row 2", "odd", url=A.bookmark.url),)), ALL_FIELDS)

        assert ([A], set()) == (store.entries(account), store.unreadable(account))

    def test_a_broken_record_that_was_never_read_is_no_entry(self, store: Store, account: int) -> None:
        """There is nothing to show for it."""
        store.save_listing(
            account, listing(A, problems=(Problem("row 2", "odd", ref="x"), Problem("row 3", "odd"))), ALL_FIELDS
        )

        assert [A] == store.entries(account)

    def test_a_complete_listing_replaces_what_was_noted(self, store: Store, account: int) -> None:
        """Notes speak of the listing that is in the replica."""
        store.save_listing(account, listing(A, problems=(Problem("row 2", "odd"),), remarks=("once",)), ALL_FIELDS)
        assert Notes((Problem("row 2", "odd"),), (), ("once",)) == store.notes(account)

        store.save_listing(account, listing(A), ALL_FIELDS)

        assert Notes() == store.notes(account)

    def test_an_increment_adds_to_what_was_noted(self, store: Store, account: int) -> None:
        """Each note once; what was said of an entry that is shown now is taken back."""
        of_a, of_b, other = (
            Problem("row", "odd", ref="a"),
            Problem("row", "odd", url=B.bookmark.url),
            Problem("r", "o"),
        )
        loss_a, loss_c = Loss(A.bookmark.url, "added", "0"), Loss(C.bookmark.url, "added", "0")
        store.save_listing(
            account, listing(problems=(of_a, of_b, other), losses=(loss_a, loss_c), remarks=("partial",)), ALL_FIELDS
        )

        store.save_listing(account, listing(A, B, end=INCREMENT, problems=(other,), remarks=("partial",)), ALL_FIELDS)

        assert Notes((other,), (loss_c,), ("partial",)) == store.notes(account)

    def test_accounts_do_not_touch_each_other(self, store: Store, account: int) -> None:
        """The same ref at two accounts is two entries."""
        other = store.account("elsewhere")
        store.save_listing(account, listing(A), ALL_FIELDS)
        store.save_listing(other, listing(), ALL_FIELDS)

        assert ([A], []) == (store.entries(account), store.entries(other))


def test_single_entries_are_taken_in_and_out(store: Store, account: int) -> None:
    """As a run writes them."""
    store.save_entry(account, A)
    store.save_entry(account, B)
    store.save_entry(account, attrs.evolve(A, bookmark=Bookmark("u")))
    store.remove_entry(account, "b")

    assert [Entry("a", Bookmark("u"))] == store.entries(account)


@settings(max_examples=50)
@given(st.lists(st.builds(Entry, st.text(st.characters(), max_size=3), st.builds(Bookmark, st.text())), max_size=5))
def test_a_replica_is_what_was_listed(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    """Whatever refs and urls are made of, the last of a ref counts."""
    store = QuickStore(tmp_path_factory.getbasetemp() / "replica")
    account = store.account("somewhere")

    store.save_listing(account, listing(*entries), ALL_FIELDS)

    assert {entry.ref: entry for entry in entries} == {entry.ref: entry for entry in store.entries(account)}
    store.close()


class TestLinks:
    """Links of a pair, and the tags they teach."""

    @pytest.fixture
    def pair(self, store: Store) -> Pair:
        """Enter two accounts."""
        return Pair(store.account("left"), store.account("right"))

    @staticmethod
    def link(left: str, right: str, *pairs: tuple[str, str]) -> Link:
        """Return a link of two refs."""
        return Link(
            Half(left, f"l:{left}", {Field.TITLE: "left"}),
            Half(right, f"r:{right}", {Field.TITLE: "right"}, seen=False),
            frozenset(pairs),
            frozenset({(Side.RIGHT, Field.NOTE)}),
        )

    def found(self, store: Store, pair: Pair) -> set[tuple[str, str]]:
        """Return the refs that are linked."""
        return {(link.left.ref, link.right.ref) for link in store.links(pair)}

    def test_a_link_is_stored_once_whichever_side_is_left(self, store: Store, pair: Pair) -> None:
        """Seen from the other account it is the same, turned."""
        turned = Pair(pair.right, pair.left)
        link = self.link("a", "b", ("x", "y"))

        store.save_links(pair, [link])
        store.save_links(turned, [link.turned()])

        assert [link] == [attrs.evolve(item, id=None) for item in store.links(pair)]
        assert [link.turned()] == [attrs.evolve(item, id=None) for item in store.links(turned)]

    def test_a_ref_belongs_to_at_most_one_link(self, store: Store, pair: Pair) -> None:
        """The newer takes the place of what either of its refs was linked to."""
        store.save_links(pair, [self.link("a", "1"), self.link("b", "2"), self.link("c", "3")])

        store.save_links(pair, [self.link("a", "2")])

        assert {("a", "2"), ("c", "3")} == self.found(store, pair)

    def test_a_number_of_long_ago_takes_no_place(self, store: Store, pair: Pair) -> None:
        """A saved plan may name a number that is another link's by now, even in another pair."""
        other = Pair(pair.left, store.account("third"))
        store.save_links(other, [self.link("x", "9")])
        store.save_links(pair, [self.link("b", "2")])
        numbers = [link.id for which in (other, pair) for link in store.links(which)]

        store.save_links(pair, [attrs.evolve(self.link(f"n{n}", f"n{n}"), id=n) for n in numbers])

        assert {("x", "9")} == self.found(store, other)
        assert 3 == len(self.found(store, pair))

    def test_a_link_is_found_by_its_right(self, store: Store, pair: Pair) -> None:
        """From either account."""
        link = self.link("a", "1")
        store.save_links(pair, [link])

        assert link == store.linked(pair, "1")
        assert link.turned() == store.linked(Pair(pair.right, pair.left), "a")
        assert store.linked(pair, "a") is None

    def test_the_latest_spelling_of_a_tag_is_remembered(self, store: Store, pair: Pair) -> None:
        """In both directions, identity included."""
        store.save_links(pair, [self.link("a", "1", ("ML", "ml"), ("x", "x"))])
        store.save_links(pair, [self.link("b", "2", ("ML", "m-l"))])
        turned = Pair(pair.right, pair.left)

        assert {"ML": "m-l", "x": "x"} == store.tag_memory(pair)
        assert {"ml": "ML", "m-l": "ML", "x": "x"} == store.tag_memory(turned)
        store.save_links(turned, [self.link("a", "1", ("ML", "ml")).turned()])
        assert "ml" == store.tag_memory(pair)["ML"]

    def test_forgetting_a_pair_asks_both_accounts_for_everything(self, store: Store, pair: Pair) -> None:
        """What a service says that nothing has changed since may be what the links were wrong about."""
        for account in (pair.left, pair.right):
            store.save_listing(account, listing(A), ALL_FIELDS)

        store.forget(pair)

        assert [None, None] == [store.cursor(account, ALL_FIELDS) for account in (pair.left, pair.right)]

    def test_forgetting_a_pair_leaves_the_others(self, store: Store, pair: Pair) -> None:
        """Its links and its tag memory go, and are counted."""
        other = Pair(pair.left, store.account("third"))
        for which in (pair, other):
            store.save_links(which, [self.link("a", "1", ("x", "y")), self.link("b", "2")])

        dropped = store.forget(pair)

        assert (2, [], {}) == (dropped, store.links(pair), store.tag_memory(pair))
        assert ({("a", "1"), ("b", "2")}, {"x": "y"}) == (self.found(store, other), store.tag_memory(other))


class TestTransaction:
    """Several writes as one."""

    def test_all_of_it_happens_or_nothing(self, store: Store, account: int) -> None:
        """Also where the process is torn out of it."""

        def torn() -> None:
            with store.transaction():
                store.save_entry(account, A)
                with store.transaction():
                    store.save_entry(account, B)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            torn()

        assert [] == store.entries(account)

    def test_an_inner_one_commits_with_the_outermost(self, store: Store, account: int, tmp_path: Path) -> None:
        """Nobody else sees half of it."""
        other = Store(tmp_path / "state")
        with store.transaction():
            store.save_entry(account, A)
            assert [] == other.entries(account)

        assert [A] == other.entries(account)
        other.close()

    def test_a_full_disk_is_said_in_one_sentence(self, store: Store, account: int) -> None:
        """The disk is named, not what became of the transaction; reading goes on."""
        pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
        store.connection.execute(f"PRAGMA max_page_count = {pages}")
        big = Entry("big", Bookmark("https://big.example/", note="n" * 100_000))

        with pytest.raises(StateError, match=r"state cannot be used: database or disk is full\.") as raised:
            store.save_entry(account, big)

        assert "Free some space" in raised.value.remedy
        assert [] == store.entries(account)

    def test_a_commit_that_fails_is_taken_back(self, store: Store, account: int) -> None:
        """What could not be committed is not left half open for the next transaction to carry."""

        def nowhere() -> None:
            with store.transaction():
                store.connection.execute("PRAGMA defer_foreign_keys = ON")
                store.save_entry(999, A)

        with pytest.raises(StateError, match="FOREIGN KEY"):
            nowhere()

        store.save_entry(account, B)
        assert [B] == store.entries(account)

    def test_a_transaction_that_sqlite_has_ended_is_not_ended_again(self, store: Store) -> None:
        """The fault that ended it is what is told."""
        store.connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON accounts BEGIN SELECT RAISE(ROLLBACK, 'disk is full'); END"
        )

        with pytest.raises(StateError, match="disk is full"):
            store.account("new")


class TestFile:
    """The state file and its folder."""

    def test_only_its_owner_reads_it(self, tmp_path: Path) -> None:
        """Folder 0700, files 0600, those that SQLite makes beside it, too."""
        folder = tmp_path / "deep" / "state"
        store = Store(folder)
        store.account("somewhere")

        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
        assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        store.close()

    def test_a_newer_file_is_left_alone(self, tmp_path: Path) -> None:
        """A program that does not know its tables says so."""
        Store(tmp_path).close()
        connection = sqlite3.connect(tmp_path / "state.sqlite3")
        connection.execute("PRAGMA user_version = 99")
        connection.close()

        with pytest.raises(StateError, match="newer bookmark-bridge"):
            Store(tmp_path)

    def test_a_migration_that_dies_leaves_the_old_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Tables and version change together."""
        monkeypatch.setattr("bridge.state.schema.MIGRATIONS", ("CREATE TABLE one (x); CREATE TABLE nonsense",))
        with pytest.raises(StateError):
            Store(tmp_path)
        monkeypatch.undo()

        store = Store(tmp_path)

        tables = {row[0] for row in store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert "one" not in tables
        assert "links" in tables
        store.close()

    @pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 4096])
    def test_a_broken_file_is_said_in_one_sentence(self, tmp_path: Path, content: bytes) -> None:
        """What it is not, and what to do."""
        (tmp_path / "state.sqlite3").write_bytes(content)

        with pytest.raises(StateError, match=r"The state in .* cannot be used: file is not a database\."):
            Store(tmp_path)

    def test_a_folder_that_is_a_file_is_said_in_one_sentence(self, tmp_path: Path) -> None:
        """It cannot be made, and that is no traceback."""
        (tmp_path / "state").touch()

        with pytest.raises(StateError, match="cannot be used"):
            Store(tmp_path / "state")

    def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The system's refusal is passed on."""

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "touch", refuse)

        with pytest.raises(StateError, match="Permission denied") as raised:
            Store(tmp_path)

        assert "--state-dir" in raised.value.remedy

    def test_a_file_that_is_read_only_is_said_in_one_sentence(self, store: Store) -> None:
        """A mount may turn read-only while the program runs."""
        store.connection.execute("PRAGMA query_only = ON")

        with pytest.raises(StateError, match="readonly database"):
            store.account("new")

    @pytest.mark.parametrize("method", ["entries", "unreadable", "notes"])
    def test_a_garbled_row_is_said_in_one_sentence(self, store: Store, account: int, method: str) -> None:
        """A state that cannot be trusted is no fault of the program."""
        store.save_listing(account, listing(A, problems=(Problem("row", "odd", ref="b"),)), ALL_FIELDS)
        store.connection.execute("UPDATE accounts SET body = 'xx'")
        store.connection.execute("INSERT INTO entries VALUES (?, 'b', 2, '[')", (account,))

        with pytest.raises(StateError, match=r"cannot be used: no .* can be read from it"):
            getattr(store, method)(account)
