"""What a person sees on a terminal: a few lines at the bottom that move, and above them all that is said.

`lay_out` decides what stands in those lines, for a terminal of any width.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from rich.cells import cell_len
from rich.console import Console, Group
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType
from rich.text import Text

from bridge.cli import phases
from bridge.cli.phases import Phase
from bridge.report.visible import visible

REFRESH = 0.1
"""Seconds from one look at what has changed to the next. What is over sooner is never shown as under way."""
_MARGIN = 2
"""Columns that are left free on the right: a terminal prints ^C there."""
_INDENT = 2
_BAR = (10, 30)
"""How many columns a bar has at least and at most."""


class LastingConsole(Console):
    """A console that does not end the program when it is gone."""

    def on_broken_pipe(self) -> None:
        """Raise the BrokenPipeError that is being handled."""
        raise  # noqa: PLE0704 - rich calls this where it catches that error


class Screen:
    """Draws on a console; implements `bridge.cli.progress.Renderer`. `clock` is that of the phases."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._under_way: tuple[Phase, ...] = ()
        self._drawing = threading.RLock()
        self._over = threading.Event()
        self._live: Live | None = None
        self._drawn: tuple[Text, ...] = ()
        self._width = 0
        self._gone = False

    @classmethod
    def of_terminal(cls, clock: Callable[[], float], *, colours: bool) -> Screen:
        """Return one that draws on standard error, which is a terminal."""
        return cls(LastingConsole(stderr=True, force_terminal=True, color_system="auto" if colours else None), clock)

    def say(self, sentence: str) -> None:
        """Print one sentence above what moves."""
        self._print(Text(visible(sentence)))

    def begin(self, sentence: str) -> None:
        """Print nothing: a phase that takes long enough is seen."""

    def end(self, sentence: str) -> None:
        """Leave a quiet line."""
        self._print(Text(visible(sentence), style="dim"))

    def wait(self, reason: str, sentence: str, now: float) -> None:
        """Print nothing: a wait is seen with its phase."""

    def change(self, under_way: Mapping[int, Phase], now: float) -> None:  # noqa: ARG002 - what is seen is as of then
        """Show these phases from the next look on; if there is none, clear what moves at once."""
        began = not self._under_way
        self._under_way = tuple(under_way.values())
        if began and self._under_way:
            self._over = threading.Event()
            threading.Thread(target=self._look_again, args=(self._over,), daemon=True).start()
        elif not self._under_way:
            self._over.set()
            self._on_terminal(self._clear)

    def refresh(self) -> None:
        """Draw the phases as they are now, if that looks otherwise than what is drawn."""
        self._on_terminal(self._draw)

    def _look_again(self, over: threading.Event) -> None:
        while not over.wait(REFRESH):
            with self._drawing:
                if not over.is_set():
                    self.refresh()

    def _print(self, text: Text) -> None:
        def write() -> None:
            self._unwrap()
            self._console.print(text, soft_wrap=True)

        self._on_terminal(write)

    def _on_terminal(self, do: Callable[[], None]) -> None:
        """Do something to the terminal, unless it is gone: its window was closed, and the run goes on."""
        with self._drawing:
            if self._gone:
                return
            try:
                do()
            except OSError:
                self._gone = True
                live, self._live = self._live, None
                with suppress(OSError):
                    if live is not None:  # else standard error would stay in rich's hands
                        live.stop()

    def _draw(self) -> None:
        width = self._console.size.width
        lines = lay_out(self._under_way, self._clock(), self._console)
        if not lines or (self._live is not None and (lines, width) == (self._drawn, self._width)):
            return
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False)
            self._live.start()
        self._unwrap()
        self._drawn = lines
        self._live.update(Group(*lines), refresh=True)

    def _clear(self) -> None:
        if self._live is not None:
            live, self._live = self._live, None
            self._unwrap()
            live.stop()
        self._drawn = ()

    def _unwrap(self) -> None:
        """Clear the rows that the drawn lines have grown by where the terminal has become narrower and wrapped them.

        The cursor is then where it was drawn, as far as rich knows. Of a terminal that cuts lines instead of wrapping
        them, that much is cleared above, too.
        """
        width = self._console.size.width
        if width < self._width:
            rows = sum(max(1, -(-cell_len(line.plain) // width)) for line in self._drawn)
            up = ((ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1))
            self._console.control(Control(*up * (rows - len(self._drawn))))
        self._width = width


def lay_out(under_way: Sequence[Phase], now: float, console: Console) -> tuple[Text, ...]:
    """Return the lines that show phases, none of them wider than the console."""
    titles = [visible(phases.title(phase)) for phase in under_way]
    sheet = _Sheet(console, max(map(cell_len, titles), default=0))
    lines: list[Text] = []
    for phase, title in zip(under_way, titles, strict=True):
        lines += sheet.course(title, phases.facts(phase, now), phase.done / phase.total if phase.total else None)
        reason = visible(phases.pause(phase, now))
        lines += sheet.wrapped(reason, _INDENT, "yellow") if reason else []
    return tuple(lines)


class _Sheet:
    """Sets words on a console, in lines that fit; `column` is the width of the longest title."""

    def __init__(self, console: Console, column: int) -> None:
        self._console = console
        self._column = column
        self._width = max(_BAR[0], console.size.width - _MARGIN)

    def course(self, title: str, facts: Sequence[str], share: float | None) -> list[Text]:
        """Return a title and facts in one line, with a bar of the share that is done if there is room; else in more."""
        told = ", ".join(facts)
        room = self._width - self._column - cell_len(told) - _INDENT
        if room < 0:
            return [*self.wrapped(title, 0), *self._joined(facts)]
        line = Text(no_wrap=True).append(title + " " * (self._column - cell_len(title) + _INDENT))
        if share is not None and room >= _BAR[0] + _INDENT:
            line.append_text(self._bar(share, min(_BAR[1], room - _INDENT))).append(" " * _INDENT)
        return [line.append(told)]

    def wrapped(self, text: str, indent: int, style: str = "") -> list[Text]:
        """Return a text in lines that break between words, or within one that is longer than a line."""
        lines = Text(text, style).wrap(self._console, self._width - indent, overflow="fold")
        for line in lines:
            line.rstrip()
        return [Text(" " * indent, no_wrap=True).append_text(line) for line in lines]

    def _joined(self, facts: Iterable[str]) -> list[Text]:
        """Return facts in lines that break between them."""
        lines: list[str] = []
        for fact in facts:
            if lines and cell_len(f"{lines[-1]}, {fact},") <= self._width - _INDENT:
                lines[-1] += f", {fact}"
            else:
                lines.append(fact)
        lines[:-1] = [f"{line}," for line in lines[:-1]]
        return [part for line in lines for part in self.wrapped(line, _INDENT)]

    def _bar(self, share: float, width: int) -> Text:
        full, empty = ("━", "─") if self._console.encoding.startswith("utf") else ("#", "-")
        done = int(share * width)
        return Text().append(full * done, "cyan").append(empty * (width - done), "dim")
