"""The accounts are asked one after the other here, so that a seed tells the same story every time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bridge.running import pull


@pytest.fixture(autouse=True)
def one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask without threads."""
    monkeypatch.setattr(pull, "together", in_turn)


def in_turn(functions: Mapping[Any, Callable[[], Any]]) -> Mapping[Any, Any]:
    """Return what the functions return, called one after the other."""
    return {key: function() for key, function in functions.items()}
