"""Long stories of one pair of accounts, told by chance: each is a seed that can be told again."""

from __future__ import annotations

import random
from pathlib import Path

from bridge.settings.jobs import Mirror
from tests.mirrored.kinds import KINDS
from tests.mirrored.world import World, actions

CONFLICTS = ("newest", "left", "right", "report")
DELETES = ("keep", "propagate")
DIRECTIONS = ("both", "both", "both", "left-to-right", "right-to-left")


def sample(seed: int, folder: Path) -> World:
    """Have people, faults and runs follow one another, then calm days with a few edits between them.

    Raises ViolationError, with all that led to it, if something happens that must never happen.
    """
    luck = random.Random(seed)
    left, right = (luck.choice(list(KINDS.values())) for _ in range(2))
    conflict, deletes, direction = (luck.choice(choices) for choices in (CONFLICTS, DELETES, DIRECTIONS))
    world = World(folder, (left, right), options(conflict, deletes, direction), luck)
    world.history.append(f"seed {seed}: {left.name} {direction} {right.name}, {conflict}, {deletes}")
    weights, acts = zip(*actions(world), strict=True)
    for _ in range(luck.randint(12, 30)):
        luck.choices(acts, weights)[0]()
    world.settle()
    for _ in range(3):
        for _ in range(3):
            world.edit(luck.choice(list(world.sides)))
        world.settle()
    return world


def options(conflict: str, deletes: str, direction: str = "both") -> Mirror:
    """Return the options of a mirror between "left" and "right"."""
    chosen = {"conflict": conflict, "deletes": deletes, "direction": direction}
    return Mirror(left="left", right="right", **chosen)  # type: ignore[arg-type]
