"""Nextcloud News (https://apps.nextcloud.com/apps/news), by its external API v1-3 or v1-2."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType

import attrs

from adapters.settings import checked_lacks, merged_gaps, normal_url
from bridge.model.adapter import Adapter, Context, Grant, Person, Served, Spec
from bridge.model.bookmark import Field
from bridge.model.capabilities import Absence, Capabilities, Cost, Limits
from bridge.model.errors import ConfigurationError
from bridge.model.secret import Secret

GAPS: Mapping[str, float] = MappingProxyType({"default": 0.0})
"""Seconds between request starts: a server of one's own asks for none."""
CHUNK = 1_000
"""Items in one call that reads, unreads, stars or unstars many. 5,000 worked, in half a second for each thousand."""
PAGE = 500
"""Items in one answer: their whole bodies come along, about a kilobyte each."""

FIELDS = frozenset({Field.TITLE, Field.TAGS, Field.ADDED, Field.UNREAD, Field.FAVORITE})

CAPABILITIES = Capabilities(
    reads=FIELDS,
    sets=frozenset(),
    edits=frozenset({Field.UNREAD, Field.FAVORITE}),
    adds=False,
    removes=False,
    absence=Absence.NOTHING,  # the server purges items, and those of a feed go with it
    single=True,
    batch=CHUNK,
    limits=Limits(whole_seconds=True),
    cost=Cost(update=2 / CHUNK),
)


@attrs.frozen
class NewsConfig:
    """An account: a user and an app password at a Nextcloud server. `url` is the server's root, with a sub-path if any.

    `api` is "v1-3", "v1-2", or "auto" for the newest of them that the server has. `items`: "starred" ones alone, or
    "all". `tags` says which names become tags: "feed", "folder". `page` is how many items are asked for at once. `gaps`
    are seconds by route class. `lacks` names fields that are to be left alone. Raises ConfigurationError.
    """

    url: str = attrs.field(converter=normal_url, metadata={"env": "NEXTCLOUD_URL"})
    user: str | None = attrs.field(default=None, metadata={"env": "NEXTCLOUD_USER"})
    password: Secret | None = attrs.field(default=None, metadata={"env": "NEXTCLOUD_APP_PASSWORD"})
    api: str = "auto"
    items: str = "starred"
    tags: tuple[str, ...] = ("feed", "folder")
    page: int = PAGE
    gaps: Mapping[str, float] = attrs.field(factory=dict)
    lacks: tuple[str, ...] = ()
    insecure_http: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot work."""
        for key, value, choices in (
            ("api", self.api, ("auto", "v1-3", "v1-2")),
            ("items", self.items, ("starred", "all")),
            *(("tags", tag, ("feed", "folder")) for tag in self.tags),
        ):
            if value not in choices:
                raise ConfigurationError(
                    f"Nextcloud News knows no {key} {value!r}.", f"Write one of {', '.join(choices)}.", key=key
                )
        if self.page < 1:
            raise ConfigurationError(
                f"A page of {self.page} items cannot be asked for.", "It has at least one.", key="page"
            )
        checked_lacks("Nextcloud News", self.lacks, FIELDS)
        checked_gaps(self.gaps)


def checked_gaps(*overrides: Mapping[str, float]) -> Mapping[str, float]:
    """Return the gaps of an account, later overrides winning. Raises ConfigurationError for what is not allowed."""
    return merged_gaps("Nextcloud News", {}, GAPS, *overrides)


def build(config: NewsConfig, context: Context) -> Adapter:
    """Open an account."""
    from adapters.nextcloud_news.adapter import NewsAdapter  # noqa: PLC0415 - reading a Spec imports no library
    from adapters.nextcloud_news.client import NewsClient  # noqa: PLC0415

    return NewsAdapter(config, context, NewsClient(config, context))


def login(known: Mapping[str, object], person: Person, context: Context) -> Grant:
    """Get an app password by Nextcloud's login flow."""
    from adapters.nextcloud_news.login import login as work  # noqa: PLC0415 - as above

    return work(known, person, context)


def logout(config: NewsConfig, context: Context) -> str:
    """Revoke the app password."""
    from adapters.nextcloud_news.login import logout as work  # noqa: PLC0415 - as above

    return work(config, context)


def sandbox(port: int, gaps: Mapping[str, float] | None) -> AbstractContextManager[Served]:
    """Serve the sandbox on loopback."""
    from adapters.nextcloud_news.sandbox import serve  # noqa: PLC0415 - as above

    return serve(port, {} if gaps is None else gaps)


SPEC = Spec(
    name="nextcloud-news",
    config_class=NewsConfig,
    capabilities=CAPABILITIES,
    build=build,
    login=login,
    logout=logout,
    sandbox=sandbox,
)
