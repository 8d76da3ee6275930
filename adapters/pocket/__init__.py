"""Pocket's protocol v3, and the servers that speak it since Pocket itself has closed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import MappingProxyType

import attrs

from adapters.settings import checked_lacks, is_at, merged_gaps, normal_url
from bridge.model.adapter import Adapter, Context, Grant, Person, Served, Spec
from bridge.model.bookmark import Field
from bridge.model.capabilities import Absence, Capabilities, Cost, Limits, TagRules
from bridge.model.errors import ConfigurationError
from bridge.model.secret import Secret

POCKET = "https://getpocket.com/v3/"
GAPS: Mapping[str, float] = MappingProxyType({"default": 0.0})
"""Seconds between request starts: none is asked for, the answers say how many calls are left."""
BATCH = 30
"""Actions in one call of `send`: the server says `maxActions: 30`."""
PAGE = 30
"""Items in one answer of `get` that every server gives; since 2024 more were cut to so many."""
PATHS: Mapping[str, str] = MappingProxyType({"get": "get", "add": "add", "send": "send"})

FIELDS = frozenset({Field.TITLE, Field.TAGS, Field.ADDED, Field.UNREAD, Field.FAVORITE})

CAPABILITIES = Capabilities(
    reads=FIELDS,
    sets=FIELDS,
    edits=FIELDS - {Field.TITLE, Field.ADDED},  # only adding anew would change them, which makes unread and re-dates
    absence=Absence.REMOVED,
    overwrites=True,
    batch=BATCH,
    tags=TagRules(longest=25, cased=False, lower=True),
    limits=Limits(
        finds_titles=True,
        schemes=frozenset({"http", "https"}),
        public_hosts=True,
        whole_seconds=True,
        earliest=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),  # a time of 0 is none
    ),
    cost=Cost(add=3 / BATCH, update=3 / BATCH, remove=1 / BATCH),
)


def is_pocket(url: str) -> bool:
    """Tell whether this base URL is Pocket itself, and not a server that speaks like it."""
    return is_at(url, "getpocket.com")


@attrs.frozen
class PocketConfig:
    """An account: a consumer key and an access token, at Pocket or at a server that speaks its protocol.

    `user` names the account; with a `password` beside it, both are sent by HTTP Basic, which some servers want.
    `token_in`: "body", as Pocket has it, or "query". `paths` are those of get, add and send below the url. `page` is
    how many items are asked for at once. `gaps` are seconds by route class. `lacks` names fields that a compatible
    server does not keep. Raises ConfigurationError.
    """

    url: str = attrs.field(default=POCKET, converter=normal_url, metadata={"env": "POCKET_URL"})
    consumer_key: Secret | None = attrs.field(default=None, metadata={"env": "POCKET_CONSUMER_KEY"})
    access_token: Secret | None = attrs.field(default=None, metadata={"env": "POCKET_ACCESS_TOKEN"})
    user: str | None = None
    password: Secret | None = None
    token_in: str = "body"  # noqa: S105 - where it goes, not what it is
    paths: Mapping[str, str] = attrs.field(factory=dict)
    page: int = PAGE
    gaps: Mapping[str, float] = attrs.field(factory=dict)
    lacks: tuple[str, ...] = ()
    insecure_http: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.token_in not in ("body", "query"):
            raise ConfigurationError(
                f"Pocket's token goes into no {self.token_in!r}.", 'Write token_in = "body" or "query".', key="token_in"
            )
        if unknown := sorted(set(self.paths) - set(PATHS)):
            raise ConfigurationError(
                f"Pocket has no path {unknown[0]!r}.", f"The paths are {', '.join(PATHS)}.", key="paths"
            )
        if not 1 <= self.page <= 5_000:
            raise ConfigurationError(
                f"A page of {self.page} items cannot be asked for.", "It has 1 to 5,000 items.", key="page"
            )
        checked_lacks("Pocket", self.lacks, FIELDS)
        checked_gaps(self.gaps)


def checked_gaps(*overrides: Mapping[str, float]) -> Mapping[str, float]:
    """Return the gaps of an account, later overrides winning. Raises ConfigurationError for what is not allowed."""
    return merged_gaps("Pocket", {}, GAPS, *overrides)


def build(config: PocketConfig, context: Context) -> Adapter:
    """Open an account."""
    from adapters.pocket.adapter import PocketAdapter  # noqa: PLC0415 - reading a Spec imports no library
    from adapters.pocket.client import PocketClient  # noqa: PLC0415

    return PocketAdapter(config, context, PocketClient(config, context))


def login(known: Mapping[str, object], person: Person, context: Context) -> Grant:
    """Get an access token: the person approves it on Pocket's page, or pastes one."""
    from adapters.pocket.login import login as work  # noqa: PLC0415 - as above

    return work(known, person, context)


def logout(config: PocketConfig, context: Context) -> str:
    """Say how the token is revoked; the protocol has no call for it."""
    from adapters.pocket.login import logout as work  # noqa: PLC0415 - as above

    return work(config, context)


def sandbox(port: int, gaps: Mapping[str, float] | None) -> AbstractContextManager[Served]:
    """Serve the sandbox on loopback."""
    from adapters.pocket.sandbox import serve  # noqa: PLC0415 - as above

    return serve(port, {} if gaps is None else gaps)


SPEC = Spec(
    name="pocket",
    config_class=PocketConfig,
    capabilities=CAPABILITIES,
    build=build,
    login=login,
    logout=logout,
    sandbox=sandbox,
)
