"""Pinboard (https://pinboard.in), and the servers that speak its API v1."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import MappingProxyType

import attrs

from adapters.settings import checked_lacks, is_at, merged_gaps, normal_url
from bridge.model.adapter import Adapter, Context, Grant, Person, Served, Spec
from bridge.model.bookmark import Field
from bridge.model.capabilities import Absence, Capabilities, Cost, Limits, TagRules, UriLimit
from bridge.model.errors import ConfigurationError
from bridge.model.secret import Secret

PINBOARD = "https://api.pinboard.in/v1/"
SETTINGS = "https://pinboard.in/settings/password"
"""The page that shows the API token, to who is logged in there, and makes a new one."""
GAPS: Mapping[str, float] = MappingProxyType({"default": 3.0, "posts/recent": 60.0, "posts/all": 300.0})
"""Seconds between request starts, as the API's documentation asks of every user."""
LONGEST_URI = 3_900
"""Bytes. The server answers 414 from somewhere between 4,100 and 4,110 on, and cuts nothing."""
LATEST = datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)
AHEAD = 600.0
"""Seconds. A creation time further in the future is taken for the server's now."""

FIELDS = frozenset({Field.TITLE, Field.NOTE, Field.TAGS, Field.ADDED, Field.UNREAD, Field.PRIVATE})

CAPABILITIES = Capabilities(
    reads=FIELDS,
    sets=FIELDS,
    edits=FIELDS - {Field.ADDED},  # a different dt for an address that is there did not change it
    absence=Absence.REMOVED,
    single=True,
    url_is_ref=True,
    publishes=True,
    batch=1,
    tags=TagRules(longest=255, most=100, blanks=False, commas=False, cased=False, private_prefix="."),
    limits=Limits(
        title=255,
        note=65_536,
        uri=UriLimit(most=LONGEST_URI, overhead=0),  # the account adds what its own requests need
        title_required=True,
        schemes=frozenset({"http", "https", "javascript", "mailto", "ftp", "file", "feed"}),
        whole_seconds=True,
        earliest=datetime(1, 1, 1, tzinfo=UTC),
        latest=LATEST,  # the account sets an earlier one: only a date shortly ahead of now is kept
    ),
    cost=Cost(gap=GAPS["default"], listing=GAPS["posts/all"], add=1, update=2, remove=1),
)


def is_pinboard(url: str) -> bool:
    """Tell whether this base URL is Pinboard itself, and not a server that speaks like it."""
    return is_at(url, "pinboard.in")


@attrs.frozen
class PinboardConfig:
    """An account: a token `USER:HEX`, or a user and a password, at Pinboard or at a compatible server.

    `token` wins over `password`; a server whose tokens do not name the user needs `user` beside it. `bearer`: the token
    goes into a header and not into the address, which Pinboard does not know. `gaps` are seconds by route class.
    `lacks` names fields that a compatible server does not keep. Raises ConfigurationError.
    """

    url: str = attrs.field(default=PINBOARD, converter=normal_url, metadata={"env": "PINBOARD_URL"})
    token: Secret | None = attrs.field(default=None, metadata={"env": "PINBOARD_TOKEN"})
    user: str | None = attrs.field(default=None, metadata={"env": "PINBOARD_USER"})
    password: Secret | None = attrs.field(default=None, metadata={"env": "PINBOARD_PASSWORD"})
    bearer: bool = False
    format: str = "xml"
    gaps: Mapping[str, float] = attrs.field(factory=dict)
    lacks: tuple[str, ...] = ()
    insecure_http: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot work, or would be rude."""
        if self.format not in ("xml", "json"):
            raise ConfigurationError(
                f"Pinboard has no format {self.format!r}.", 'Write format = "xml" or "json".', key="format"
            )
        if self.bearer and is_pinboard(self.url):
            raise ConfigurationError(
                "Pinboard takes its token in the address alone.", "Remove bearer from the account.", key="bearer"
            )
        checked_lacks("Pinboard", self.lacks, FIELDS)
        checked_gaps(self.url, self.gaps)


def checked_gaps(url: str, *overrides: Mapping[str, float]) -> Mapping[str, float]:
    """Return the gaps of an account, later overrides winning. Raises ConfigurationError for what is not allowed."""
    return merged_gaps("Pinboard", GAPS if is_pinboard(url) else {}, GAPS, *overrides)


def build(config: PinboardConfig, context: Context) -> Adapter:
    """Open an account."""
    from adapters.pinboard.adapter import PinboardAdapter  # noqa: PLC0415 - reading a Spec imports no library
    from adapters.pinboard.client import PinboardClient  # noqa: PLC0415

    return PinboardAdapter(config, context, PinboardClient(config, context))


def login(known: Mapping[str, object], person: Person, context: Context) -> Grant:
    """Get a token from Pinboard's settings page, or user and password."""
    from adapters.pinboard.login import login as work  # noqa: PLC0415 - as above

    return work(known, person, context)


def logout(config: PinboardConfig, context: Context) -> str:
    """Say how the token is replaced; the protocol has no call for it."""
    from adapters.pinboard.login import logout as work  # noqa: PLC0415 - as above

    return work(config, context)


def sandbox(port: int, gaps: Mapping[str, float] | None) -> AbstractContextManager[Served]:
    """Serve the sandbox on loopback."""
    from adapters.pinboard.sandbox import serve  # noqa: PLC0415 - as above

    return serve(port, dict.fromkeys(GAPS, 0.0) if gaps is None else gaps)


SPEC = Spec(
    name="pinboard",
    config_class=PinboardConfig,
    capabilities=CAPABILITIES,
    build=build,
    login=login,
    logout=logout,
    sandbox=sandbox,
)
