"""What all tests share: how thorough the laws are tried, and one look at what is installed.

`suite` is what a change is tried with, `long` (HYPOTHESIS_PROFILE=long) a night.

The suite tries the same examples every time, so that a change fails for what it does and not for its luck; the long
profile looks for new ones.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from importlib.metadata import entry_points

import pytest
from hypothesis import settings

from bridge.settings import registry

settings.register_profile("suite", max_examples=28, deadline=None, derandomize=True)
settings.register_profile("long", max_examples=20_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[None]:
    """Let the programs that the tests start keep what Python compiles, in a folder of the tests' own.

    Where PYTHONDONTWRITEBYTECODE is set each of some hundred would compile all it imports anew.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):
            patch.delenv("PYTHONDONTWRITEBYTECODE")
            patch.setenv("PYTHONPYCACHEPREFIX", str(shared / "bytecode"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _installed() -> Iterator[None]:
    """Look for the installed packages once: none comes or goes while the tests run, and each look takes 30 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "entry_points", functools.cache(entry_points))
        yield


def pytest_xdist_auto_num_workers() -> int:
    """Have one process more than there are processors: the tests of terminals and of other programs mostly wait."""
    return (os.cpu_count() or 1) + 1
