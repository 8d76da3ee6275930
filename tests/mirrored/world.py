"""Two accounts that a mirror keeps in step, the people who edit them, and what must never happen.

`World` lets people act and the mirror run, with any fault, and checks after each run what the bridge has written:

    LOST      it removes only what its owner removed on the other side, and nothing that is still there
    PRIVACY   what nobody made public is never published, and nothing that stands there becomes public
    SOURCE    a text that it writes is one that somebody typed, as far as the side can hold it
    TAG       a tag that it writes is somebody's, and one that it takes away was taken away by somebody

and, once the faults have ended and two runs have passed:

    OSCILLATION  a third run writes nothing
    DUPLICATE    no account has a page twice that its owner did not save twice
    MISSING      what nobody removed is on both sides
    BASE         what both sides hold is what the links say
    UPDATE       what one side alone has edited stands on the other
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from bridge.jobs import mirror
from bridge.mapping.tags import equal_under, loosely, spell
from bridge.model.bookmark import Bookmark, Entry, Field, same
from bridge.model.errors import Refused, Unavailable
from bridge.model.link import Link, Side
from bridge.model.operation import Add, Remove, Update
from bridge.planning.mirror import Mirroring
from bridge.planning.policy import MirrorPolicy
from bridge.running.job import Ended, Job, Past
from bridge.running.run import run
from bridge.running.world import Party
from bridge.settings.jobs import Mirror
from bridge.state.store import Pair, Store
from tests.mirrored.kinds import Kind
from tests.mirrored.service import Clock, Service
from tests.support.bench import MortalStore, surroundings
from tests.support.clock import FakeClock
from tests.support.memory_adapter import Killed

URLS = tuple(f"https://{name}.example/{path}" for name, path in [("a", "1"), ("b", "r"), ("c", ""), ("d", "4")])
TAGS = ("ml a", "ML a", "ml-a", "ruby", "Ruby", "favorite", "longer than six", ".dot", "x,y")
_EDITED = (Field.TITLE, Field.NOTE, Field.UNREAD, Field.FAVORITE)
"""The fields that arrive where one side alone has edited them."""


class ViolationError(AssertionError):
    """Something happened that must never happen."""


def page(url: str) -> str:
    """Return what the urls of one page have in common, whatever a service makes of them."""
    return url.removesuffix("?x")


@attrs.define
class Typed:
    """What people have ever typed for one page."""

    titles: set[str] = attrs.field(factory=set)
    notes: set[str] = attrs.field(factory=set)
    tags: set[str] = attrs.field(factory=set)
    untagged: set[str] = attrs.field(factory=set)
    public: bool = False
    removed: set[Side] = attrs.field(factory=set)


class World:
    """One pair of accounts, from its first bookmark on."""

    def __init__(self, folder: Path, kinds: tuple[Kind, Kind], options: Mirror, luck: random.Random) -> None:
        self.luck = luck
        self.clock = Clock()
        self.sides = {side: Service(side.value, kind, self.clock, luck) for side, kind in zip(Side, kinds, strict=True)}
        self.options = options
        self.history: list[str] = []
        self.folder = folder
        self._typed: dict[str, Typed] = defaultdict(Typed)
        self._own: set[tuple[Side, str]] = set()
        self._repeated: set[str] = set()
        self._refolded = False
        self._in_step: set[tuple[str, str]] = set()
        self._edited: dict[tuple[Side, str], dict[Field, object]] = defaultdict(dict)
        self._time = FakeClock()
        self._words = 0
        self._twice = 0
        self._sent: dict[Side, set[str]] = {side: set() for side in Side}

    # What people do.

    def add(self, side: Side, url: str) -> None:
        """Save a page, if it is not there."""
        account, kind = self.sides[side], self.sides[side].kind
        if not (kind.can.adds or kind.name == "news") or account.find(url) is not None:
            return
        made = Bookmark(
            url,
            title=self._title(),
            note=self.luck.choice(["", f"note {self._word()}"]),
            tags=tuple(self.luck.sample(TAGS, self.luck.randint(0, 3))),
            added=self.clock.tick(),
            unread=self.luck.random() < 0.5,
            favorite=self.luck.random() < 0.3,
            private=self.luck.random() < 0.5,
        )
        self.put(side, kind.warp(self._kept(side, made)))

    def put(self, side: Side, bookmark: Bookmark) -> None:
        """Save a bookmark."""
        entry = self.sides[side].put(bookmark)
        self._own.add((side, entry.ref))
        place = list(Side).index(side)
        self._in_step = {refs for refs in self._in_step if refs[place] != entry.ref}
        self._note(side, bookmark)
        self._tell(side, f"saves {bookmark}")

    def change(self, side: Side, url: str, **fields: object) -> None:
        """Change fields of a bookmark."""
        entry = self.find(side, url)
        assert entry is not None
        self._change(side, entry, attrs.evolve(entry.bookmark, **fields))  # type: ignore[arg-type]

    def drop(self, side: Side, url: str) -> None:
        """Remove the bookmark of a page."""
        entry = self.find(side, url)
        assert entry is not None
        self._drop(side, entry)

    def edit(self, side: Side) -> None:
        """Change one field of one bookmark."""
        entry = self._any(side)
        if entry is None:
            return
        field = self.luck.choice([*_EDITED, Field.TAGS, Field.PRIVATE])
        can = self.sides[side].kind.can
        if field not in can.reads:
            return
        before = entry.bookmark
        values: dict[Field, Callable[[], object]] = {
            Field.TITLE: self._title,
            Field.NOTE: lambda: f"note {self._word()}",
            Field.UNREAD: lambda: not before.unread,
            Field.FAVORITE: lambda: not before.favorite,
            Field.PRIVATE: lambda: not before.private,
            Field.TAGS: lambda: self._retagged(before.tags),
        }
        after = attrs.evolve(before, **{field.value: values[field]()})  # type: ignore[arg-type]
        self._change(side, entry, after)

    def retag(self, side: Side) -> None:
        """Rename a tag everywhere."""
        old, new = self.luck.sample(TAGS, 2)
        for entry in list(self.sides[side].entries.values()):
            if old in entry.bookmark.tags:
                tags = tuple(new if tag == old else tag for tag in entry.bookmark.tags)
                self._change(side, entry, attrs.evolve(entry.bookmark, tags=tags))

    def remove(self, side: Side) -> None:
        """Remove a bookmark."""
        entry = self._any(side)
        if entry is not None:
            self._drop(side, entry)

    def save_again(self, side: Side) -> None:
        """Remove a bookmark and save the page anew."""
        entry = self._any(side)
        if entry is not None and self.sides[side].kind.can.adds:
            self._drop(side, entry)
            self.add(side, entry.bookmark.url)

    def save_twice(self, side: Side) -> None:
        """Save a page that is there once more, beside what is there."""
        entry, kind = self._any(side), self.sides[side].kind
        if entry is not None and kind.can.adds and not kind.can.url_is_ref and not kind.upserts:
            self.repeat(side, page(entry.bookmark.url))

    def repeat(self, side: Side, url: str) -> None:
        """Save a page once more, beside the entry that is there."""
        entry = self.find(side, url)
        assert entry is not None
        self._twice += 1
        again = self.sides[side].put(attrs.evolve(entry, ref=f"again {self._twice}"))
        self._own.add((side, again.ref))
        self._note(side, again.bookmark)
        self._repeated.add(page(url))
        self._tell(side, f"saves {url} twice")

    def old(self, side: Side) -> None:
        """Have the listings of a side show the state that was remembered last, until it is calm."""
        self.sides[side].grow_old()

    def lack(self, side: Side) -> None:
        """Have a service know a field no more, or all of them again."""
        account = self.sides[side]
        if account.capabilities is not account.kind.can:
            account.capabilities = account.kind.can
        else:
            field = self.luck.choice([Field.NOTE, Field.UNREAD, Field.TITLE, Field.FAVORITE])
            account.capabilities = account.kind.can.without(frozenset({field}))
        # Where the fold of the favorite begins or ends, the field is met anew: an edit of that time may give way.
        self._refolded = True
        self._tell(side, f"reads {sorted(field.value for field in account.capabilities.reads)}")

    # What the mirror does.

    def run(self, death: int = 0, *, approve: bool = False) -> Ended | None:
        """Run the mirror, which may die at a step, be refused, or find an account away."""
        approved = ""
        while True:
            store = MortalStore(self.folder, death)
            for account in self.sides.values():
                account.before_each = store.step
                account.applied.clear()
                account.remember()
            self._time.now += 60
            try:
                ended: Ended | None = run(self._job(approved), surroundings(store, self._time))
            except Refused as refused:
                self.history.append(f"refused: {refused.message}")
                if approve and not approved:
                    approved = refused.approve
                    continue
                ended = None
            except (Killed, Unavailable) as error:
                self.history.append(f"{type(error).__name__} {error}")
                ended = None
            finally:
                store.close()
            self._check_writes()
            if ended is not None:
                for sent in self._sent.values():
                    sent.clear()
            return ended

    def trouble(self) -> None:
        """Run the mirror on a bad day."""
        for side, account in self.sides.items():
            account.listing = self.luck.choice(["whole", "whole", "whole", "cut", "wrong", "stale", "doubled"])
            account.trouble = self.luck.choice([0.0, 0.0, 0.3])
            account.silence = self.luck.choice([0.0, 0.0, 0.3])
            self._tell(side, f"has a day of {account.listing} listings, {account.trouble}, {account.silence}")
        death = self.luck.choice([0, 0, self.luck.randint(1, 40)])
        self.history.append(f"run, to die at {death}" if death else "run")
        self.run(death)
        self.calm()

    def pair(self, store: Store) -> Pair:
        """Return the accounts by their numbers."""
        return Pair(*(store.account(self.sides[side].identity) for side in Side))

    def calm(self) -> None:
        """End all faults."""
        for account in self.sides.values():
            account.listing, account.trouble, account.silence = "whole", 0.0, 0.0

    def settle(self) -> None:
        """End all faults, run twice, and check that a third run writes nothing and that all is as it should be."""
        self.calm()
        for account in self.sides.values():
            account.capabilities = account.kind.can
        for _ in range(3):
            self.history.append("run on a calm day")
            ended = self.run(approve=True)
        if ended is None:
            self.fail("STUCK")
        if ended.plan.steps:
            self.fail("OSCILLATION", ended.plan.steps)
        if not ended.receipt.balanced:
            self.fail("BALANCE", ended.receipt)
        self._check_rest(ended)
        carried = {side.other for side in self._policy().ways}
        self._in_step = {(link.left.ref, link.right.ref) for link in self.links()}
        # What nothing is carried from keeps its edits to itself.
        own = {place: edits for place, edits in self._edited.items() if place[0] not in carried}
        self._edited = defaultdict(dict, own)
        self._refolded = False

    def fail(self, what: str, *about: object) -> None:
        """Report a violation with all that led to it."""
        raise ViolationError("\n".join([what, *map(str, about), "", *self.history]))

    # What must hold.

    def _check_writes(self) -> None:
        for side, account in self.sides.items():
            sent = self._sent[side]
            for operation in account.applied:
                self._tell(side, f"is given {operation}")
                typed = self._typed[page(operation.url)]
                match operation:
                    case Remove(entry):
                        self._check_removal(side, entry, typed)
                    case Add(bookmark):
                        sent.add(page(bookmark.url))
                        self._check_texts(side, typed, {Field.TITLE: bookmark.title, Field.NOTE: bookmark.note})
                        self._check_tags(side, typed, bookmark.tags)
                        public = account.kind.can.publishes and not bookmark.private
                        if public and not typed.public:
                            self.fail("PRIVACY", operation)
                    case Update(entry, delta):
                        if delta.values.get(Field.PRIVATE) is False:
                            self.fail("PRIVACY", operation)
                        undoes = page(operation.url) in sent and account.upserts
                        if not undoes:
                            self._check_texts(side, typed, delta.values)
                            self._check_tags(side, typed, delta.add_tags)
                        if not undoes and not self._stale:
                            self._check_untagging(side, typed, delta.remove_tags)

    def _check_removal(self, side: Side, entry: Entry, typed: Typed) -> None:
        other = self.sides[side.other]
        url = entry.bookmark.url
        if side.other not in typed.removed or any(page(url) == page(found) for found in other.held()):
            self.fail("LOST", side, entry)

    def _check_texts(self, side: Side, typed: Typed, values: object) -> None:
        texts = {Field.TITLE: typed.titles, Field.NOTE: typed.notes}
        limit = self.sides[side].kind.can.limits.title
        for field, known in texts.items():
            value = values.get(field)  # type: ignore[attr-defined]
            held = {text[:limit] for text in known} if field is Field.TITLE else known
            if value and value not in held | known and not _spliced(value, known):
                self.fail("SOURCE", side, field, value, known)

    def _check_tags(self, side: Side, typed: Typed, tags: tuple[str, ...]) -> None:
        known = {loosely(tag) for tag in typed.tags} | self._folded
        for tag in tags:
            spelt = loosely(tag.removeprefix("_"))
            if not any(_alike(spelt, whole) for whole in known):
                self.fail("TAG", side, "nobody's", tag, typed)

    def _check_untagging(self, side: Side, typed: Typed, tags: tuple[str, ...]) -> None:
        known = {loosely(tag) for tag in typed.untagged} | self._folded
        for tag in tags:
            spelt = loosely(tag.removeprefix("_"))
            if not any(_alike(spelt, whole) for whole in known):
                self.fail("TAG", side, "taken away by nobody", tag, typed)

    def _check_rest(self, ended: Ended) -> None:
        undecided = {(conflict.url, conflict.field) for conflict in ended.receipt.conflicts if conflict.winner is None}
        for side, account in self.sides.items():
            ours = Counter(
                page(item.bookmark.url) for ref, item in account.entries.items() if (side, ref) not in self._own
            )
            if any(number > 1 for number in ours.values()):
                self.fail("DUPLICATE", side, ours)
        self._check_missing(ended)
        self._check_links()
        for link in self.links():
            left, right = (self.sides[side].entries.get(link.half(side).ref) for side in Side)
            if left is not None and right is not None and not link.left.gone and not link.right.gone:
                self._check_base(link, left, right, undecided)
                self._check_updates(link, left, right, undecided)

    def _check_missing(self, ended: Ended) -> None:
        skipped = {item.url for item in ended.receipt.skipped}
        for url, typed in self._typed.items():
            if typed.removed:
                continue
            for side in Side:
                if side.other not in self._policy().ways:
                    continue
                here, there = (self.find(at, url) for at in (side, side.other))
                if here is not None and there is None and here.bookmark.url not in skipped:
                    self.fail("MISSING", side.other, url)

    def _check_links(self) -> None:
        """Check that what stands on both sides under one url, once on each, is one bookmark."""
        linked = {(link.left.ref, link.right.ref) for link in self.links() if not (link.left.gone or link.right.gone)}
        keys = {side: defaultdict(list) for side in Side}
        for side, account in self.sides.items():
            for entry in account.entries.values():
                keys[side][page(entry.bookmark.url)].append(entry)
        for url, (here, *more) in keys[Side.LEFT].items():
            there = keys[Side.RIGHT].get(url, [])
            if url in self._repeated:  # one of several may be linked to what a listing of long ago showed
                continue
            same_url = len(there) == 1 and there[0].bookmark.url == here.bookmark.url
            if same_url and not more and (here.ref, there[0].ref) not in linked:
                self.fail("LINK", here, there[0], *self.links())

    def _check_base(self, link: Link, left: Entry, right: Entry, undecided: set[tuple[str, str]]) -> None:
        policy = self._policy()
        for side, entry in ((Side.LEFT, left), (Side.RIGHT, right)):
            if side.other not in policy.ways:
                continue
            shown = policy.lift(side, self.sides[side].shown(entry).bookmark)
            for field, value in link.half(side).base.items():
                open_ = any((url, field.value) in undecided for url in (left.bookmark.url, right.bookmark.url))
                if not same(field, value, shown.get(field)) and not open_:
                    self.fail("BASE", side, field, value, shown.get(field), link)

    def _check_updates(self, link: Link, left: Entry, right: Entry, undecided: set[tuple[str, str]]) -> None:
        policy = self._policy()
        lifted = {
            side: policy.lift(side, self.sides[side].shown(entry).bookmark)
            for side, entry in ((Side.LEFT, left), (Side.RIGHT, right))
        }
        if (link.left.ref, link.right.ref) not in self._in_step:
            return
        for field in _EDITED:
            if field is Field.FAVORITE and self._refolded:
                continue
            edits = {side: self._edited[side, link.half(side).ref] for side in Side}
            edited = {side: of[field] for side, of in edits.items() if field in of}
            if len(edited) != 1:
                continue
            [(source, before)] = edited.items()
            way = policy.ways.get(source.other)
            if way is None or field not in way.mapper.edited & way.mapper.seen & way.mapper.read:
                continue
            value = lifted[source].get(field)
            if same(field, value, before):
                continue
            exposed = way.mapper.target.publishes and not lifted[source.other].private and lifted[source].private
            if exposed and field is Field.NOTE:
                continue
            if field is Field.TITLE:
                value = str(value)[: way.mapper.target.limits.title]
            got = lifted[source.other].get(field)
            fits = same(field, value, got) or (field is Field.TITLE and str(got).strip().startswith(str(value).strip()))
            if not fits and not any((entry.bookmark.url, field.value) in undecided for entry in (left, right)):
                self.fail("UPDATE", source, field, value, got)

    # Helpers.

    @property
    def _folded(self) -> set[str]:
        """The tags that stand for a favorite, or did before the job was set otherwise."""
        return {"favorite", str(self.options.fold.favorite)}

    @property
    def _stale(self) -> bool:
        """Whether a listing may show what a side held some time ago: what that undoes is done again the next day."""
        return any(account.listing == "stale" for account in self.sides.values())

    def links(self) -> list[Link]:
        """Return all links of the pair."""
        store = MortalStore(self.folder)
        try:
            return store.links(self.pair(store))
        finally:
            store.close()

    def _policy(self) -> MirrorPolicy:
        planner = self._job("").make_planner(Past({side: {} for side in Side}, again=True))
        assert isinstance(planner, Mirroring)
        return planner.policy

    def _job(self, approved: str) -> Job:
        left, right = (Party(side.value, self.sides[side]) for side in Side)
        return mirror.job(self.options, left, right, approved=approved)

    def _drop(self, side: Side, entry: Entry) -> None:
        self.sides[side].drop(entry.bookmark.url)
        self._typed[page(entry.bookmark.url)].removed.add(side)
        self._tell(side, f"removes {entry.bookmark.url}")

    def find(self, side: Side, url: str) -> Entry | None:
        """Return the entry of a page, under whatever url it stands there."""
        return next((item for item in self.sides[side].entries.values() if page(item.bookmark.url) == page(url)), None)

    def _any(self, side: Side) -> Entry | None:
        entries = list(self.sides[side].entries.values())
        return self.luck.choice(entries) if entries else None

    def _change(self, side: Side, entry: Entry, after: Bookmark) -> None:
        kind = self.sides[side].kind
        after = kind.warp(self._kept(side, after))
        before = entry.bookmark
        self.sides[side].put(attrs.evolve(entry, bookmark=after))
        typed = self._typed[page(before.url)]
        for field in Field:
            if not same(field, before.get(field), after.get(field)):
                self._edited[side, entry.ref].setdefault(field, before.get(field))
                self._tell(side, f"{before.url} {field.value}: {before.get(field)!r} -> {after.get(field)!r}")
        typed.untagged |= set(before.tags) - set(after.tags)
        self._note(side, after)

    def _note(self, side: Side, bookmark: Bookmark) -> None:
        typed = self._typed[page(bookmark.url)]
        typed.titles.add(bookmark.title)
        typed.notes.add(bookmark.note)
        typed.tags |= set(bookmark.tags)
        knows = Field.PRIVATE in self.sides[side].kind.can.reads
        typed.public |= knows and not bookmark.private

    def _kept(self, side: Side, bookmark: Bookmark) -> Bookmark:
        """Return a bookmark as a side can hold it: people cannot type what it does not take."""
        can = self.sides[side].kind.can
        unknown = frozenset(Field) - can.reads - can.sets
        kept = bookmark.without(unknown)
        rules = attrs.evolve(can.tags, private_prefix=None)
        spelt = [word for tag in kept.tags if (word := spell(tag, rules)) is not None]
        tags = {equal_under(rules)(tag): tag for tag in spelt}
        return attrs.evolve(kept, title=kept.title[: can.limits.title], tags=tuple(tags.values())[: rules.most])

    def _retagged(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        tag = self.luck.choice(TAGS)
        return tuple(item for item in tags if item != tag) if tag in tags else (*tags, tag)

    def _title(self) -> str:
        return self.luck.choice([f"t{self._word()}", f"title {self._word()} that is long", f" t{self._word()} "])

    def _word(self) -> int:
        self._words += 1
        return self._words

    def _tell(self, side: Side, what: str) -> None:
        self.history.append(f"{side.value} ({self.sides[side].kind.name}) {what}")


def actions(world: World) -> Iterator[tuple[int, Callable[[], None]]]:
    """Yield what can happen, with its weight."""
    for side in Side:
        yield 5, lambda side=side: world.add(side, world.luck.choice(URLS))
        yield 8, lambda side=side: world.edit(side)
        yield 1, lambda side=side: world.retag(side)
        yield 2, lambda side=side: world.remove(side)
        yield 2, lambda side=side: world.save_again(side)
        yield 1, lambda side=side: world.lack(side)
        yield 1, lambda side=side: world.save_twice(side)
    yield 12, world.trouble


def _spliced(value: str, known: set[str]) -> bool:
    """Tell whether a title is one that somebody typed with the end of another that did not fit."""
    beginnings = [one.rstrip() for one in known if value.startswith(one.rstrip())]
    return any(two.endswith(value[len(one) :]) for one in beginnings for two in known)


def _alike(one: str, other: str) -> bool:
    """Tell whether two tags may stand for each other: one may be the other's beginning, or lack its dot."""
    bare = one.removeprefix("."), other.removeprefix(".")
    return bare[0].startswith(bare[1]) or bare[1].startswith(bare[0])
