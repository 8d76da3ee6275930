"""Where commands work: the accounts by their names, the state, and the surroundings of a run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import attrs
import click

from bridge.cli.app import App
from bridge.cli.interrupt import Interrupt
from bridge.cli.progress import Display, choose
from bridge.model.adapter import Adapter, Context, FileConfig, Spec
from bridge.model.bookmark import Entry
from bridge.model.errors import ConfigurationError, Stopped
from bridge.model.operation import Add, Done
from bridge.model.receipt import Receipt
from bridge.report.text import estimate_sentence
from bridge.running.world import Party, World
from bridge.settings import config
from bridge.settings.accounts import resolve
from bridge.settings.config import Account, Config
from bridge.settings.jobs import KINDS, Job
from bridge.settings.registry import Registry, find_adapters
from bridge.settings.values import hint
from bridge.state.journal import Journal
from bridge.state.pace import StoredPace
from bridge.state.store import Store

J = TypeVar("J")


class Workplace:
    """Open while a command works; Ctrl-C is heard as a wish to stop."""

    def __init__(
        self, app: App, progress: Display, interrupt: Interrupt, store: Store, pace: StoredPace, *, yes: bool
    ) -> None:
        self.app = app
        self.environ = app.around.environ
        self.sleep = interrupt.sleep
        self._interrupt = interrupt
        self._yes = yes
        self._begins = False
        self._progress = progress
        self.context = Context(pace, app.around.clock, interrupt.sleep, report=self._progress.report)
        self.world = World(
            store=store,
            journal=Journal(store),
            progress=self._progress,
            clock=app.around.clock,
            pid=os.getpid(),
            stopping=interrupt.stopping,
            agree=self._agree,
            keep=self._keep,
        )

    @cached_property
    def registry(self) -> Registry:
        """The installed adapters."""
        found = find_adapters()
        for problem in found.problems:
            self.app.say(problem)
        return found

    @cached_property
    def config(self) -> Config:
        """The config file's content."""
        load = config.load_or_begin if self._begins else config.load
        return load(self.app.config_path, registry=self.registry, environ=self.environ)

    def begin(self) -> None:
        """Do without a config file that was named and is still to be made."""
        self._begins = True

    def job(self, name: str, kind: type[J], called: str, instead: str) -> J:
        """Return the options of a job of the config; raise ConfigurationError if there is none of that kind."""
        found = self.config.jobs.get(name)
        if isinstance(found, kind):
            return found
        if found is not None:
            own = next(own for own, of in KINDS.items() if isinstance(found, of))
            raise ConfigurationError(
                f"{name} is a {own} job in {self.config.path}, not a {called} job.",
                f"Run `{self.app.command(own, name)}`.",
            )
        names = [name for name, job in self.config.jobs.items() if isinstance(job, kind)]
        there = f"Name one that is there ({hint(name, names)})" if names else f"Write one there: a table [jobs.{name}]"
        raise ConfigurationError(
            f"There is no {called} job {name!r} in {self.config.path}.", f"{there}; or name {instead}."
        )

    def account(self, name: str, *, target: bool = False, beside: tuple[str, ...] = ()) -> Account:
        """Return the account that a name on the command line means."""
        return resolve(
            name,
            config=self.config,
            registry=self.registry,
            environ=self.environ,
            target=target,
            beside=beside,
        )

    def open(self, account: Account) -> Adapter:
        """Open an account. Nothing is sent yet."""
        return account.spec.build(account.config, self.context_of(account.name, account.spec))

    def context_of(self, name: str, spec: Spec) -> Context:
        """Return the context of an account."""
        login = self.app.command("login", name) if spec.login is not None else ""
        return attrs.evolve(self.context, account=name, login=login)

    def party(self, name: str, *, target: bool = False, beside: tuple[str, ...] = ()) -> Party:
        """Open an account, by its name, as a party of a run."""
        account = self.account(name, target=target, beside=beside)
        return Party(name, self.open(account), getattr(account.config, "tags", ()))

    def parties(self, options: Job) -> tuple[Party, Party]:
        """Open both accounts of a job."""
        first, second = (self.party(place.name, target=place.written) for place in options.places)
        return first, second

    def visit(self, environ: Mapping[str, str]) -> None:
        """Live in another environment from now on: that of a sandbox."""
        self.environ = environ

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Hold this while a question is open: nothing moves on the screen.

        Ctrl-C and the end of input raise Stopped: nothing is on its way then.
        """
        try:
            with self._progress.hidden(), self._interrupt.asking():
                yield
        except (click.Abort, KeyboardInterrupt) as error:
            raise Stopped("Stopped at the question.", "Run the same command again to be asked anew.") from error

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Hold this while a person logs in: Stopped says then that nothing was changed here."""
        try:
            with self._interrupt.alone():
                yield
        except Stopped as error:
            raise Stopped(
                "Stopped as you asked; nothing was changed here.", "Run the same command again to log in."
            ) from error

    def ask(self, question: str, *, default: bool) -> bool:
        """Ask the person a question that Ctrl-C ends."""
        with self.asking():
            return click.confirm(question, default=default, err=True)

    def named(self, job: str) -> AbstractContextManager[None]:
        """Hold this while a job of several is run: its name stands before its phases."""
        return self._progress.named(job)

    def _agree(self, receipt: Receipt, gap: float) -> bool:
        """Say what is about to be written and how long it takes; ask where somebody can be asked."""
        seconds = receipt.estimate.seconds if receipt.estimate is not None else 0.0
        sentence = estimate_sentence(
            add=receipt.added, merge=receipt.merged, remove=receipt.removed, seconds=seconds, gap=gap
        )
        written = [name for name, of in receipt.writes.items() if any(attrs.astuple(of))] or [receipt.target]
        where = f"Between {receipt.source} and {receipt.target}" if len(written) > 1 else f"At {written[0]}"
        self._progress.say(f"{where}: {sentence}.")
        if receipt.undoes:
            for remark in receipt.remarks:
                self._progress.say(remark)
        if self._yes or not self.app.interactive:
            return True
        return self.ask("Go on?", default=not receipt.removed)

    def _keep(self, path: Path, entries: Sequence[Entry]) -> None:
        """Write entries to a lossless file."""
        spec = self.registry.suffixes[path.suffix]
        adapter = spec.build(FileConfig(str(path), target=True), self.context)
        outcomes = adapter.push([Add(entry.bookmark) for entry in entries])
        left_out = sum(not isinstance(outcome, Done) for outcome in outcomes)
        if left_out:
            self._progress.say(f"Not in {path.name}: {left_out:,} that repeat the address of another.")


class _Told(logging.Handler):
    """Says what is logged where everything else is said, so that it does not tear what moves on the screen."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        self._say(self.format(record))


@contextmanager
def _heard(app: App, say: Callable[[str], None]) -> Iterator[None]:
    """With -v, say what is logged, each line with its time."""
    logger = logging.getLogger("bookmark_bridge")
    handler = _Told(say)
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    if app.verbose:
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@attrs.frozen
class Attention:
    """What a command shows while it works, and how it hears that it should stop."""

    progress: Display
    interrupt: Interrupt


@contextmanager
def attention(app: App, *, patience: float = 0.0) -> Iterator[Attention]:
    """Listen for Ctrl-C. `patience` is how many seconds a call in flight may then take, 0 for as long as it likes."""
    with (
        closing(choose(app)) as progress,
        _heard(app, progress.say),
        Interrupt(progress.say, app.around.pause, patience) as interrupt,
    ):
        yield Attention(progress, interrupt)


@contextmanager
def opened(app: App, listening: Attention, *, yes: bool = True) -> Iterator[Workplace]:
    """Open the state while somebody listens for Ctrl-C."""
    with closing(Store(app.folder)) as store, closing(StoredPace(app.folder)) as pace:
        yield Workplace(app, listening.progress, listening.interrupt, store, pace, yes=yes)


@contextmanager
def workplace(app: App, *, yes: bool = True) -> Iterator[Workplace]:
    """Open the state and listen for Ctrl-C."""
    with attention(app) as listening, opened(app, listening, yes=yes) as place:
        yield place
