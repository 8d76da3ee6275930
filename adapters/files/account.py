"""A file as an account: one listing, and one atomic write per push."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from adapters.files.form import Form
from adapters.files.listing import listing
from adapters.files.target import Target
from bridge.model.adapter import Checked, End, FileConfig, Missing, Page
from bridge.model.bookmark import Entry
from bridge.model.capabilities import Capabilities
from bridge.model.errors import InputError
from bridge.model.operation import Operation, Outcome


def open_file(config: FileConfig, capabilities: Capabilities, form: Form) -> FileAccount:
    """Return the account of a file of our own formats: strict with a target, which it will write anew."""
    if config.beside:
        raise InputError("Only relics of Pocket can be read together with others.", "Migrate the files one by one.")
    path = Path(config.path)
    if config.target:
        target = Target(path, form)
        return FileAccount(config.path, lambda: capabilities, lambda: listing(target.read()), target)
    return FileAccount(
        config.path,
        lambda: capabilities if form.unknown is None else capabilities.without(form.unknown(path)),
        lambda: listing(form.decode(path)),
    )


class FileAccount:
    """One file, implementing `bridge.model.adapter.Adapter`.

    `read` yields the listing. `target` writes; a file without one is a source, and must exist. The identity is the
    file's own path, links followed, and those of the files read together with it: with other relics it is another
    account, so that what a relic told is not taken for removed when it is left out. A ref is the url, `url#2` for its
    second occurrence: the entries keep their order, and new ones come after them.
    """

    def __init__(
        self,
        path: str,
        capabilities: Callable[[], Capabilities],
        read: Callable[[], Iterator[Page | End]],
        target: Target | None = None,
        beside: tuple[str, ...] = (),
    ) -> None:
        self._beside = sorted(str(Path(other).resolve()) for other in beside)
        self._path = Path(path)
        self._capabilities = capabilities
        self._read = read
        self._target = target

    @property
    def identity(self) -> str:
        """The word "file", the absolute path, and those of the files beside it."""
        return " + ".join([f"file {self._path.resolve()}", *self._beside])

    @cached_property
    def capabilities(self) -> Capabilities:
        """What the format can hold, narrowed to what a source's content speaks of. Raises InputError."""
        with _explained(self._path):
            return self._capabilities()

    @property
    def calls(self) -> int:
        """None is ever made."""
        return 0

    def check(self) -> Checked:
        """Prove that a source can be read, or that a target can be written, and count what it holds. Raises InputError.

        What cannot be read is named by its number: which records it is, a listing says.
        """
        with _explained(self._path, "read" if self._target is None else "written"):
            if self._target is not None:
                self._target.check()
            pages = [page for page in self._read() if isinstance(page, Page)]
        problems = sum(len(page.problems) for page in pages)
        remarks = [remark for page in pages for remark in page.remarks]
        if problems:
            remarks.append(f"{problems:,} of its records cannot be read: a `migrate --dry-run` lists them.")
        return Checked(remarks=tuple(remarks), entries=sum(len(page.entries) for page in pages))

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        """Yield the file's listing; there is no cursor.

        Raises InputError for a source that is missing or of another kind, and for a target that holds what writing it
        anew would destroy: nothing is pushed to a file that could not be kept whole.
        """
        del cursor
        with _explained(self._path):
            yield from self._read()

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Carry out all operations with one write, then yield their outcomes.

        Raises InputError, with nothing changed, where the file cannot be read or written.
        """
        if self._target is None:
            raise InputError(f"{self._path.name} can only be read.", "Name a new file with another suffix to write to.")
        with _explained(self._path, "written"):
            outcomes = self._target.push(operations)
        yield from outcomes

    def look_up(self, entries: Sequence[Entry], _since: float | None = None, /) -> Iterator[Entry | Missing]:
        """Yield the entries as the file holds them now; it is read once, whole."""
        held: dict[str, list[Entry]] = {}
        for page in self.pull(None):
            for entry in page.entries if isinstance(page, Page) else ():
                held.setdefault(entry.bookmark.url, []).append(entry)
        for wanted in entries:
            found = held.get(wanted.bookmark.url, [])
            exact = [entry for entry in found if entry.ref == wanted.ref]
            yield next(iter(exact or found), Missing(wanted.ref))


@contextmanager
def _explained(path: Path, doing: str = "read") -> Iterator[None]:
    """Turn the system's refusal to read or write a file into an InputError."""
    try:
        yield
    except OSError as error:
        remedy = "Check the path." if doing == "read" else "Nothing was changed; make room, or name another file."
        raise InputError(f"{path} cannot be {doing}: {error.strerror or error}.", remedy) from error
