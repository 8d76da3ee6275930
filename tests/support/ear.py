"""Whoever an adapter reports to."""

from __future__ import annotations

from bridge.model.adapter import Wait


class Ear:
    """Hand it in as `report`: sentences are kept in `told`, waits in `waits`."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.waits: list[Wait] = []

    def __call__(self, told: str | Wait) -> None:
        if isinstance(told, str):
            self.told.append(told)
        else:
            self.waits.append(told)
