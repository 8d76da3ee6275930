"""A terminal window: a command in a real pseudo-terminal, and what a person sees of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pexpect
import pyte

_SECONDS = 25
_CHUNK = 4096


class Window:
    """A window in which a command runs. `raw` is all that the command wrote."""

    def __init__(self, shell: pexpect.spawn[str], columns: int, rows: int) -> None:
        self.raw = ""
        self._shell = shell
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)

    @property
    def lines(self) -> list[str]:
        """The lines that are seen, as far as something stands in them."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    @property
    def cursor_shows(self) -> bool:
        """Whether the cursor can be seen."""
        return not self._screen.cursor.hidden

    def see(self, *texts: str) -> list[str]:
        """Wait until all of these are seen at once, and return the lines of that moment."""
        while not all(any(text in line for line in self.lines) for text in texts):
            self._read(f"{texts} were never seen together")
        return self.lines

    def type(self, keys: str) -> None:
        """Press keys."""
        self._shell.send(keys)

    def end(self) -> int:
        """Wait until the command has ended, and return its exit code."""
        while True:
            try:
                self._read("it does not end")
            except pexpect.EOF:
                break
        self._shell.close()
        return int(self._shell.exitstatus if self._shell.exitstatus is not None else -self._shell.signalstatus)

    def _read(self, why: str) -> None:
        try:
            told = self._shell.read_nonblocking(_CHUNK, _SECONDS)
        except pexpect.TIMEOUT:
            raise AssertionError("\n".join([why, *self.lines])) from None
        self.raw += told
        self._stream.feed(told)


@contextmanager
def window(
    command: Sequence[str], environ: Mapping[str, str], *, columns: int = 100, rows: int = 24
) -> Iterator[Window]:
    """Start a command in a window of this size."""
    shell: pexpect.spawn[str] = pexpect.spawn(
        command[0],
        list(command[1:]),
        env=dict(environ),
        encoding="utf-8",
        codec_errors="replace",
        dimensions=(rows, columns),
    )
    try:
        yield Window(shell, columns, rows)
    finally:
        shell.close(force=True)
