"""Ctrl-C and SIGTERM: the first asks the run to stop after the call in flight, the second ends the program.

Where nobody watches, time is the second: a call that a service does not answer holds up no shutdown.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

from bridge.model.errors import Stopped

_SLICE = 0.2
"""Seconds after which a waiting program notices the wish to stop."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)


class Interrupt:
    """Listens while it is entered. `sleep` is the program's only way to wait.

    `patience` is how many seconds the call in flight may take before the program ends all the same; 0 for as long as it
    likes.
    """

    def __init__(self, say: Callable[[str], None], pause: Callable[[float], None], patience: float = 0.0) -> None:
        self._say = say
        self._pause = pause
        self._patience = patience
        self._asked = self._alone = self._waits = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupt:
        self._before = {number: signal.signal(number, self._hear) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._asked and self._patience:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While a question is open nothing is in flight, so the first signal ends the program."""
        before, self._asked = self._asked, True
        try:
            yield
        finally:
            self._asked = before

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold this where one thread works: nothing is in flight while it waits, so a signal then needs no answer."""
        self._alone = True
        try:
            yield
        finally:
            self._alone = False

    def stopping(self) -> bool:
        """Tell whether the person asked to stop."""
        return self._asked

    def sleep(self, seconds: float) -> None:
        """Wait; raise Stopped if the person asks to stop meanwhile, or has asked before."""
        left = seconds
        while True:
            if self._asked:
                raise Stopped("Stopped as you asked.", "Run the same command again to go on.")
            if left <= 0:
                return
            self._waits = True
            try:
                self._pause(min(left, _SLICE))
            finally:
                self._waits = False
            left -= _SLICE

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        if self._patience:
            signal.setitimer(signal.ITIMER_REAL, self._patience)
        if not (self._alone and self._waits):
            self._say("Stopping after the call in flight; once more to stop at once.")
