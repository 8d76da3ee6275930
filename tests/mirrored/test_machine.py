"""The same world, led by Hypothesis, which makes the shortest story of one that goes wrong."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bridge.model.link import Side
from tests.mirrored.driver import CONFLICTS, DELETES, DIRECTIONS, options
from tests.mirrored.kinds import KINDS
from tests.mirrored.world import URLS, World

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
sides = st.sampled_from(Side)


class Mirrored(RuleBasedStateMachine):
    """People edit both accounts, the mirror runs on good days and bad ones; then it is calm."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())

    @initialize(
        left=st.sampled_from(sorted(KINDS)),
        right=st.sampled_from(sorted(KINDS)),
        conflict=st.sampled_from(CONFLICTS),
        deletes=st.sampled_from(DELETES),
        direction=st.sampled_from(sorted(set(DIRECTIONS))),
        luck=st.randoms(use_true_random=False),
    )
    def begin(self, left: str, right: str, conflict: str, deletes: str, direction: str, luck: random.Random) -> None:
        """Open two accounts of any kinds."""
        self.world = World(self.folder, (KINDS[left], KINDS[right]), options(conflict, deletes, direction), luck)

    @rule(side=sides, url=st.sampled_from(URLS))
    def add(self, side: Side, url: str) -> None:
        """Save a page."""
        self.world.add(side, url)

    @rule(side=sides)
    def edit(self, side: Side) -> None:
        """Edit a field."""
        self.world.edit(side)

    @rule(side=sides)
    def retag(self, side: Side) -> None:
        """Rename a tag."""
        self.world.retag(side)

    @rule(side=sides)
    def remove(self, side: Side) -> None:
        """Remove a bookmark."""
        self.world.remove(side)

    @rule(side=sides)
    def save_again(self, side: Side) -> None:
        """Remove a bookmark and save its page anew."""
        self.world.save_again(side)

    @rule(side=sides)
    def lack(self, side: Side) -> None:
        """Lose a field, or get it back."""
        self.world.lack(side)

    @rule()
    def trouble(self) -> None:
        """Run on a bad day."""
        self.world.trouble()

    @rule()
    def settle(self) -> None:
        """Run on calm days."""
        self.world.settle()

    def teardown(self) -> None:
        """End in calm days."""
        try:
            if hasattr(self, "world"):
                self.world.settle()
        finally:
            shutil.rmtree(self.folder)


class TestMirrored(Mirrored.TestCase):  # type: ignore[name-defined,misc]
    """Whatever order Hypothesis finds: nothing is lost, and all agrees in the end."""

    settings = settings(max_examples=2_000 if LONG else 8, stateful_step_count=30, deadline=None)
