"""Makes each test of the contract for every account that it applies to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.model.adapter import Adapter
from tests.contract.applies import lacking
from tests.contract.cases import CASES
from tests.contract.stand import Stand


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Name the accounts."""
    if "stand" in metafunc.fixturenames:
        test = metafunc.function.__name__
        names = [name for name, case in CASES.items() if lacking(test, case) is None]
        metafunc.parametrize("stand", names, indirect=True)


@pytest.fixture
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    """Set an account up."""
    with CASES[request.param].set_up(tmp_path) as ready:
        yield ready


@pytest.fixture
def adapter(stand: Stand) -> Adapter:
    """Open it."""
    return stand.open()
