"""Adapters that exist only as Specs: settings read nothing else of an adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import attrs

from bridge.model.adapter import Adapter, Context, FileConfig, Spec
from bridge.model.bookmark import Field
from bridge.model.capabilities import Capabilities
from bridge.model.errors import ConfigurationError
from bridge.model.secret import Secret
from bridge.settings.registry import Registry


@attrs.frozen
class ServiceConfig:
    """The keys of an account at a made-up service, of every type that a config can hold."""

    url: str = attrs.field(default="https://pins.example/", metadata={"env": "PINS_URL"})
    token: Secret | None = attrs.field(default=None, metadata={"env": "PINS_TOKEN"})
    user: str | None = attrs.field(default=None, metadata={"env": "PINS_USER"})
    format: Literal["xml", "json"] = "xml"
    tries: int = 3
    weight: float = 1.0
    hosts: tuple[str, ...] = ()
    gaps: Mapping[str, float] = attrs.field(factory=dict)
    lacks: frozenset[Field] = frozenset()
    insecure_http: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse a pace that would be rude."""
        if self.gaps.get("default", 3.0) < 1.0:
            raise ConfigurationError("The default gap is at least 1 s.", "Be polite.")


@attrs.frozen
class LoginConfig:
    """An account that cannot be without two secrets."""

    key: Secret = attrs.field(metadata={"env": "READER_KEY"})
    access: Secret = attrs.field(metadata={"env": "READER_ACCESS"})


@attrs.frozen
class OpenConfig:
    """An account that needs no secret."""

    url: str = attrs.field(metadata={"env": "OPEN_URL"})


@attrs.frozen
class SilentConfig:
    """An account that no variable describes."""

    url: str = "https://silent.example/"


def _never(_config: Any, _context: Context) -> Adapter:
    raise AssertionError("settings open no account")


def service(name: str, config_class: type[Any]) -> Spec:
    """Return a service's Spec."""
    return Spec(name, config_class, Capabilities(), _never)


def begins(word: str) -> Callable[[str], bool]:
    """Return what recognises files, and folders, that begin with a word (a folder: its name)."""

    def recognises(path: str) -> bool:
        place = Path(path)
        return place.name.startswith(word) if place.is_dir() else place.read_text().startswith(word)

    return recognises


LINES = Spec("lines", FileConfig, Capabilities(), _never, recognises=begins("lines"), suffixes=(".lines", ".jsonl"))
RELICS = Spec("relics", FileConfig, Capabilities(), _never, recognises=begins("relic"), relics=True)
SECOND = Spec("second", FileConfig, Capabilities(), _never, recognises=begins("lines"), suffixes=(".lines", ".txt"))

REGISTRY = Registry(
    {
        spec.name: spec
        for spec in (
            LINES,
            service("open", OpenConfig),
            service("pins", ServiceConfig),
            service("reader", LoginConfig),
            RELICS,
            SECOND,
            service("silent", SilentConfig),
        )
    }
)
