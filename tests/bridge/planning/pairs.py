"""Small scenes for the directed tests: a few entries on both sides, and the way from one to the other."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from bridge.mapping.mapper import Mapper
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Add, Delta, Update
from bridge.model.plan import Plan
from bridge.planning.policy import Existing, Policy
from tests.bridge.planning.account import Account, Scene
from tests.support.strategies import PINBOARD_TAGS

A, B, C = ("https://a.example/", "https://b.example/", "https://c.example/")
DAY = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime(2021, 1, 1, tzinfo=UTC)
FULL = Capabilities()
PINBOARD = attrs.evolve(
    FULL.without(frozenset({Field.FAVORITE, Field.HIGHLIGHTS})),
    edits=FULL.edits - {Field.FAVORITE, Field.HIGHLIGHTS, Field.ADDED},
    tags=PINBOARD_TAGS,
)


def scene(
    *source: Bookmark,
    there: tuple[Bookmark, ...] = (),
    target: Capabilities = FULL,
    existing: Existing = Existing.MERGE,
    **mapping: object,
) -> Scene:
    """Return a scene: the source's bookmarks under the refs s1, s2, ..., the target's under r1, r2, ..."""
    mapper = Mapper(FULL, target, **mapping)  # type: ignore[arg-type]
    account = Account(target)
    for bookmark in there:
        account.put(bookmark)
    made = Scene(Policy(mapper, "from", "to", existing), account, ())
    return sourced(made, *source)


def sourced(found: Scene, *source: Bookmark) -> Scene:
    """Let the source hold these bookmarks now."""
    found.source = tuple(Entry(f"s{number}", bookmark) for number, bookmark in enumerate(source, 1))
    return found


def changed(found: Scene, ref: str = "r1", **values: object) -> Scene:
    """Let a person at the target change an entry."""
    found.account.held[ref] = attrs.evolve(found.account.held[ref], **values)  # type: ignore[arg-type]
    return found


def capable(found: Scene, target: Capabilities) -> Scene:
    """Let the target be able to do something else than before."""
    found.policy = attrs.evolve(found.policy, mapper=attrs.evolve(found.mapper, target=target))
    found.account.capabilities = target
    return found


def delta(made: Plan) -> Delta:
    """Return what the only step of a plan changes."""
    (step,) = made.steps
    assert isinstance(step.operation, Update)
    return step.operation.delta


def added(made: Plan) -> list[Bookmark]:
    """Return what the Adds of a plan carry."""
    return [step.operation.bookmark for step in made.steps if isinstance(step.operation, Add)]


def losses(made: Plan) -> set[tuple[str, str, str]]:
    """Return what a plan loses: field, wanted, kept."""
    found = (*made.losses, *(loss for step in made.steps for loss in step.losses))
    return {(loss.field, loss.wanted, loss.kept) for loss in found}
