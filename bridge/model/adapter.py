"""The contract between the bridge and whatever keeps bookmarks: a service or a file.

Words. A *service* keeps bookmarks; an *account* is one login at a service, or one file. An *entry* is a bookmark as one
account holds it, known by its *ref*, the service's own id: an opaque string. A *listing* is what a pull brings, in
*pages*; a *cursor* is where the next pull starts. An *operation* (Add, Update, Remove) is asked of an account, and each
has one *outcome* (Done, Failed, Unknown).

What holds for every method of an Adapter:

- Times are aware and in UTC. Refs and cursors are opaque outside of the adapter.
- A fault of one item is a value (Problem, Failed, Unknown); a fault of the account is raised: CredentialsError (a
  401: stop), Unavailable (try later; nothing was written), ProtocolError (the answer is not the protocol), InputError
  (a file is not what it should be), Stopped (from the context's `sleep`: the person wishes to stop).
- No secret is in any value, message or exception.
- An adapter is used by one thread at a time. Nothing happens before a method is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

import attrs

from bridge.model.bookmark import Entry
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Operation, Outcome
from bridge.model.receipt import Loss
from bridge.model.secret import Secret


@attrs.frozen
class Problem:
    """A record that could not become an entry. `where` is its place ("part_000001.csv row 17"), `why` one sentence.

    Where the record still names its `ref` or `url`, that entry counts as present; a Problem with neither makes the
    listing incomplete. `lost`: more than one record went with it, nobody knows how much (a file that ends early); a run
    that reads such a source counts it as failed.
    """

    where: str
    why: str
    url: str | None = None
    ref: str | None = None
    lost: bool = False


@attrs.frozen
class Page:
    """A part of a listing.

    `removed` are refs that the service itself reports as gone. `losses` are values that the source had but that could
    not be read (a date that is none). `remarks` are sentences about the listing as a whole.
    """

    entries: tuple[Entry, ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    losses: tuple[Loss, ...] = ()
    remarks: tuple[str, ...] = ()


@attrs.frozen
class End:
    """The last thing a pull yields.

    `complete`: this was the whole account, proven, so what was not listed is absent. False for an increment, and for a
    listing that may lack something. `cursor` is for the next pull, None if there must be a full one.
    """

    complete: bool
    cursor: str | None = None


@attrs.frozen
class Listing:
    """All that one pull brought, in its order."""

    entries: tuple[Entry, ...]
    removed: tuple[str, ...]
    problems: tuple[Problem, ...]
    losses: tuple[Loss, ...]
    remarks: tuple[str, ...]
    end: End


@attrs.frozen
class Missing:
    """The service's own "not found" for this ref. A look-up that fails is never Missing."""

    ref: str


@attrs.frozen
class Elsewhere:
    """The service keeps what was asked for by this ref as an entry of another ref and url, which it took it for."""

    ref: str
    entry: Entry


@attrs.frozen
class Quota:
    """What is left of the calls that a service allows, as it says itself.

    So many are `remaining` of its `limit` until it begins anew, in `reset` seconds. `whose` it is: "user", or "key" for
    that of the application.
    """

    whose: str
    remaining: int
    limit: int | None = None
    reset: float | None = None


@attrs.frozen
class Checked:
    """What one cheap call told: the user's name at the service if it says so, and sentences worth reading.

    `clock_off`: by how many seconds this machine's clock is ahead of the service's (negative: behind). `entries`: how
    many there are, where that costs nothing (a file). None is whatever was not told, and `quotas` are those that were.
    """

    user: str | None = None
    remarks: tuple[str, ...] = ()
    clock_off: float | None = None
    quotas: tuple[Quota, ...] = ()
    entries: int | None = None


class Adapter(Protocol):
    """One account, opened. Its calls may wait for the account's pace; `capabilities.cost` says how long."""

    @property
    def identity(self) -> str:
        """Service, base URL and user (or the file's absolute path): the same account always says the same."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this account can hold and do. Known without a call."""
        ...

    @property
    def calls(self) -> int:
        """How many requests were sent so far; files count none."""
        ...

    def check(self) -> Checked:
        """Make one cheap call that proves that the account answers and the login works. A file is read whole."""
        ...

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        """Yield the listing page by page, then exactly one End.

        With a cursor of an earlier pull, only what changed since then may come (and End.complete is False); None asks
        for everything. Whatever another process has to know of the pulls before, so that its writes are as safe, is in
        the cursor, too. A pull may be given up between pages. A file that does not exist yet is an empty complete
        listing where the account was opened as a target, InputError otherwise.
        """
        ...

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Carry out operations: exactly one outcome each, in their order, as soon as it is known.

        At most `capabilities.batch` operations are given. Done means that the whole intent holds. An Add never replaces
        what is there (that is Failed, `exists`), but where the account `overwrites`: there it is Done, with the ref of
        the entry that it ran into, and whoever asked undoes what it did. An Update merges onto what the service holds
        now, and changes no field but the delta's. If the account fails as a whole before an operation was sent, the
        error is raised, and operations without an outcome were not carried out; once one may have been carried out, its
        outcome is yielded, Unknown if need be.
        """
        ...

    def look_up(self, entries: Sequence[Entry], since: float | None = None, /) -> Iterator[Entry | Elsewhere | Missing]:
        """Yield for each entry what the service holds now, by ref and by url, in any order.

        Only the service's own "not found" is Missing; a failing look-up raises. The yielded Entry has the ref of the
        entry asked for, unless the service now holds that url under another ref; where it has another url, too, the
        answer is Elsewhere. What an Add made is asked for by the bookmark as it was sent, with the url for a ref.
        `since` (seconds since the epoch) is when the writes in question began, where the caller asks what came of them:
        a service that cannot be asked for one entry can be asked for what changed from then on.
        """
        ...


@attrs.frozen
class Mark:
    """The pace of one route class of one account, in seconds of the wall clock since the epoch.

    `next_start`: no request may start before. `gap`: the gap now in force, at least the configured one (it doubles when
    the service refuses and decays after success). `granted`: the wait that was granted when the mark was made; a longer
    remaining wait can only mean that the clock was set back, and is cut to it.
    """

    next_start: float
    gap: float
    granted: float


class PaceMemory(Protocol):
    """Pace marks that every process of this user shares."""

    def update(self, key: str, function: Callable[[Mark | None], Mark]) -> Mark:
        """Replace the mark of a key by what the function makes of it, atomically, and return the new mark.

        The function is given None if there is no mark. It is called once and must not call the memory.
        """
        ...


@attrs.frozen
class Wait:
    """Why the next call of an account has to wait, and for how many `seconds` from when this is told.

    `reason` is a clause without a full stop that a person understands, and names the service: "waiting for Pinboard's
    pace", "Pocket asked for patience (Retry-After)".
    """

    reason: str
    seconds: float

    def __str__(self) -> str:
        """Say it in a line, for whoever has no better way to show it."""
        return f"{self.reason}: {self.seconds:.0f} s left"


@attrs.frozen
class Context:
    """What an adapter is handed to live in the world.

    `clock` gives seconds since the epoch, `sleep` waits that many seconds and may raise Stopped. `gaps` overrides the
    pace by route class, in seconds. `report` takes what the person should know: one sentence, or a Wait, told just
    before the adapter calls `sleep` for it, however short it is. Whoever listens decides which waits to show, counts
    them down, and takes a Wait as over when its time has passed or the next one is told; nothing has to be told then.
    It may be called from any thread, never raises, and returns at once. `denied` are hosts, with their ports, that
    refused a login: no account sends anything to one of them any more, since a service may shut out a whole address for
    it. `account` is what the person calls the account, and `login` the command line by which they log in to it anew;
    both are "" where nobody types commands.
    """

    pace: PaceMemory
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    gaps: Mapping[str, float] = attrs.field(factory=dict)
    report: Callable[[str | Wait], None] = lambda _told: None
    denied: set[str] = attrs.field(factory=set)
    account: str = ""
    login: str = ""


@attrs.frozen
class FileConfig:
    """A file as an account: its path, other relics read together with it, and whether it may be written."""

    path: str
    beside: tuple[str, ...] = ()
    target: bool = False


@attrs.frozen
class Served:
    """A sandbox that is being served on loopback.

    `environment` are the variables with which the bare service name reaches it. `fill` puts sample data into it. `app`
    is the sandbox itself, for tests. `gaps` is the pace it insists on, in seconds by route class.
    """

    url: str
    environment: Mapping[str, str]
    fill: Callable[[], None]
    app: Any
    gaps: Mapping[str, float] = attrs.field(factory=dict)


class Person(Protocol):
    """Whoever sits at the terminal while an adapter gets credentials. Each method may raise Stopped."""

    def ask(self, question: str, default: str = "") -> str:
        """Ask for a line of text; an empty answer is the default."""
        ...

    def ask_secret(self, question: str) -> Secret:
        """Ask for a secret, which is not shown while it is typed."""
        ...

    def say(self, sentence: str) -> None:
        """Tell one sentence."""
        ...

    def visit(self, url: str) -> None:
        """Show an address that the person has to open, and open it in a browser where that can be done."""
        ...


@attrs.frozen
class Grant:
    """What a login brought: the `user` at the service, the account's `settings` and its `secrets`, each by its key.

    `instead_of` are keys of another way to log in, which the account must not have any more.
    """

    user: str
    settings: Mapping[str, str]
    secrets: Mapping[str, Secret]
    instead_of: tuple[str, ...] = ()


Login: TypeAlias = Callable[[Mapping[str, Any], Person, Context], Grant]
"""Gets new credentials, asking only what the known keys of the account do not say, and proves them by a call.

Raises CredentialsError (refused, or not granted in time), ConfigurationError (the address is not that of such a
service), Unavailable, Stopped.
"""

Logout: TypeAlias = Callable[[Any, Context], str]
"""Gives the credentials of an account's config back, and returns one sentence about what that did.

Where a service cannot be told, the sentence says how the person does it. Raises what any call raises.
"""

Build: TypeAlias = Callable[[Any, Context], Adapter]
"""Opens an account from its config and a context."""


@attrs.frozen
class Spec:
    """All that the bridge knows of an adapter before it runs; reading one costs no import.

    `config_class` is an attrs class whose fields are the keys of an account in the config file; a field's metadata may
    name an `env` variable that fills it, which makes the bare service name usable as an account. `build` opens an
    account. `login` gets credentials from a person, `logout` gives them back; `sandbox(port, gaps)` serves the
    service's sandbox on loopback (port 0: any free one; gaps in seconds by route class, None for no pace at all) and
    returns a context manager of Served; None where there is none. A file adapter says which files it `recognises` by
    their content, and which `suffixes` it writes. `relics`: several of its files can be read as one listing. `called`
    is what a person calls one of its files: "a Pinboard backup".
    """

    name: str
    config_class: type[Any]
    capabilities: Capabilities
    build: Build
    login: Login | None = None
    logout: Logout | None = None
    sandbox: Callable[[int, Mapping[str, float] | None], AbstractContextManager[Served]] | None = None
    recognises: Callable[[str], bool] | None = None
    suffixes: tuple[str, ...] = ()
    relics: bool = False
    called: str = attrs.field(default=attrs.Factory(lambda spec: f"a {spec.name} file", takes_self=True))
