"""`run --every` while the world around it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.endurance import Hardship, own_disk


@pytest.mark.skipif(own_disk() != "", reason=f"no disk of its own for a program here: {own_disk()}")
def test_a_dead_service_and_a_full_disk_are_survived_without_loss(tmp_path: Path) -> None:
    """It says what is wrong, goes on once that is over, loses and doubles nothing, and ends soon after SIGTERM."""
    survived = Hardship(tmp_path).live(every=1, seconds=0)

    assert survived.put == survived.pinboard == survived.file
    assert {1} == survived.adds
    assert any("(75)" in line for line in survived.lines)
    assert any("cannot be used" in line and "(5)" in line for line in survived.lines)
    assert (130, True) == (survived.code, survived.seconds < 5)
    assert "Traceback" not in survived.stderr
