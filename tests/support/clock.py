"""A clock that moves only when somebody sleeps."""

from __future__ import annotations


class FakeClock:
    """Hand `clock` and `clock.sleep` in where a Context wants them; `slept` lists every wait in seconds."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += max(0.0, seconds)
