"""A stage for every test of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.home import Home
from tests.support.home import home as at_home
from tests.support.stage import Stage, stage


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Stage]:
    """Serve a Pinboard sandbox that lets everybody call as often as they like, and an empty account there."""
    with stage(tmp_path / "home") as ready:
        yield ready


@pytest.fixture
def home(bare: Stage) -> Iterator[Home]:
    """Serve Pocket's and News' sandboxes, too."""
    with at_home(bare) as ready:
        yield ready
