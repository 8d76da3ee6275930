"""The adapters that are installed."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, EntryPoint
from types import ModuleType

import pytest

from bridge.settings.registry import GROUP, Registry, find_adapters
from tests.bridge.settings.adapters import LINES, REGISTRY, RELICS, ServiceConfig, service

PINS = service("pins", ServiceConfig)


class Named(Distribution):
    """A distribution that is nothing but a name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read_text(self, filename: str) -> str | None:
        return f"Metadata-Version: 2.1\nName: {self._name}\n" if filename == "METADATA" else None

    def locate_file(self, path: object) -> object:  # type: ignore[override]
        raise NotImplementedError


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Install a module that entry points can name."""
    module = ModuleType("some_plugins")
    vars(module).update(PINS=PINS, LINES=LINES, RELICS=RELICS, NUMBER=5)
    monkeypatch.setitem(sys.modules, "some_plugins", module)
    return module


def point(name: str, value: str, distribution: str | None = None) -> EntryPoint:
    """Return an entry point, of a distribution if one is named."""
    made = EntryPoint(name, value, GROUP)
    return made if distribution is None else made._for(Named(distribution))  # type: ignore[attr-defined]


@pytest.mark.usefixtures("plugins")
def test_adapters_are_known_by_the_names_of_their_specs() -> None:
    """Services and files are told apart, and the order is that of the names, however they are installed."""
    registry = find_adapters([point("b", "some_plugins:RELICS"), point("a", "some_plugins:PINS")])

    assert list(registry.specs) == ["pins", "relics"]
    assert registry.services == {"pins": PINS}
    assert registry.files == (RELICS,)
    assert registry.problems == ()


@pytest.mark.usefixtures("plugins")
def test_a_plugin_that_does_not_load_is_reported_and_stops_no_other() -> None:
    """A missing module, a missing name and a value that is no Spec are a sentence each."""
    registry = find_adapters(
        [
            point("gone", "no_such_module:SPEC", "some-package"),
            point("number", "some_plugins:NUMBER"),
            point("lines", "some_plugins:LINES"),
            point("unnamed", "some_plugins:NOTHING"),
        ]
    )

    assert list(registry.specs) == ["lines"]
    assert len(registry.problems) == 3
    assert (
        "gone (no_such_module:SPEC) of the package some-package cannot be used: ModuleNotFoundError"
        in (registry.problems[0])
    )
    assert registry.problems[1] == (
        "The adapter number (some_plugins:NUMBER) cannot be used: TypeError: its value is a int, not a Spec."
    )
    assert "unnamed (some_plugins:NOTHING) cannot be used: AttributeError" in registry.problems[2]


def test_our_own_adapter_wins_over_a_foreign_one_of_its_name(plugins: ModuleType) -> None:
    """A third party cannot take an account over by calling itself pins."""
    vars(plugins)["FOREIGN"] = service("pins", int)

    registry = find_adapters(
        [point("a", "some_plugins:FOREIGN", "a-package"), point("pins", "some_plugins:PINS", "bookmark-bridge")]
    )

    assert registry.specs["pins"] is PINS
    assert registry.problems == (
        "The adapter a (some_plugins:FOREIGN) of the package a-package is not used: "
        "there is another adapter named pins.",
    )


def test_a_suffix_that_two_adapters_write_belongs_to_the_first() -> None:
    """The order is that of the names, so it is the same on every machine."""
    assert {suffix: spec.name for suffix, spec in REGISTRY.suffixes.items()} == {
        ".lines": "lines",
        ".jsonl": "lines",
        ".txt": "second",
    }


def test_an_empty_registry_knows_nothing() -> None:
    """It is a value like any other."""
    assert (Registry().services, Registry().files, Registry().suffixes) == ({}, (), {})


def test_our_own_adapters_are_found_like_anybody_else_s() -> None:
    """The installed project offers its services and files by entry point, and all of them load."""
    registry = find_adapters()

    assert registry.problems == ()
    assert "pinboard" in registry.services
    assert {".html", ".json", ".jsonl"} <= registry.suffixes.keys()
