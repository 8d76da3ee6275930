"""What a test needs of the machine, and is skipped without: in the gate it fails instead."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(variable: str, message: str) -> NoReturn:
    """Skip the test; where the variable is set in the environment, fail it."""
    if os.environ.get(variable):
        pytest.fail(message)
    pytest.skip(message)
