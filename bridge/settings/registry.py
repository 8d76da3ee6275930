"""The adapters that are installed, found by entry point: our own and third parties' in the same way.

A plug-in that does not load is reported and does not stop the others. Nothing is remembered between calls: a Registry
is a value that is handed around.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

import attrs

from bridge.model.adapter import Spec

GROUP = "bookmark_bridge.adapters"
"""The entry point group; each value is a Spec."""

OURS = "bookmark-bridge"
"""The distribution whose adapters win where a third party offers one of the same name."""


@attrs.frozen
class Registry:
    """The Specs by name, in the order of their names, and a sentence for each adapter that could not be used."""

    specs: Mapping[str, Spec] = attrs.field(factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def services(self) -> dict[str, Spec]:
        """The adapters of services, by name."""
        return {name: spec for name, spec in self.specs.items() if spec.recognises is None}

    @property
    def files(self) -> tuple[Spec, ...]:
        """The adapters of files."""
        return tuple(spec for spec in self.specs.values() if spec.recognises is not None)

    @property
    def suffixes(self) -> dict[str, Spec]:
        """Which adapter writes a new file, by the file's suffix."""
        return {suffix: spec for spec in reversed(self.files) for suffix in spec.suffixes}


def find_adapters(points: Iterable[EntryPoint] | None = None) -> Registry:
    """Load the Spec of each entry point; of those installed, unless others are given. Raises nothing."""
    found = [*(entry_points(group=GROUP) if points is None else points)]
    # A distribution reads its name out of a file, each time that it is asked for it.
    names = {id(point.dist): point.dist.name if point.dist is not None else "" for point in _of_each(found)}
    specs: dict[str, Spec] = {}
    problems = []
    for point in sorted(found, key=lambda point: (names[id(point.dist)] != OURS, point.name, point.value)):
        described = _described(point, names[id(point.dist)])
        try:
            spec = _load(point)
        except Exception as error:  # a third party's code may raise anything, and must stop nobody else
            problems.append(f"{described} cannot be used: {type(error).__name__}: {error}")
            continue
        if spec.name in specs:
            problems.append(f"{described} is not used: there is another adapter named {spec.name}.")
            continue
        specs[spec.name] = spec
    return Registry(dict(sorted(specs.items())), tuple(problems))


def _load(point: EntryPoint) -> Spec:
    spec = point.load()
    if not isinstance(spec, Spec):
        raise TypeError(f"its value is a {type(spec).__name__}, not a Spec.")
    return spec


def _of_each(points: Iterable[EntryPoint]) -> Iterable[EntryPoint]:
    """Return one entry point of each distribution."""
    return {id(point.dist): point for point in points}.values()


def _described(point: EntryPoint, distribution: str) -> str:
    origin = f" of the package {distribution}" if distribution else ""
    return f"The adapter {point.name} ({point.value}){origin}"
