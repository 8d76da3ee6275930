"""Updates of Nextcloud News' items: which flags they set, in as few calls as may be, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from adapters.nextcloud_news.calls import NotFound
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.entries import key_of
from adapters.nextcloud_news.wire import HasKey, Key
from bridge.model.bookmark import Entry, Field
from bridge.model.errors import BridgeError, UnknownOutcome
from bridge.model.operation import Add, Done, Failed, Operation, Outcome, Unknown, Update

_ONE: Mapping[str, Callable[[NewsClient, HasKey], None]] = MappingProxyType(
    {
        "star": NewsClient.star_item,
        "unstar": NewsClient.unstar_item,
        "read": NewsClient.read_item,
        "unread": NewsClient.unread_item,
    }
)
_MANY: Mapping[str, Callable[[NewsClient, Iterable[HasKey]], None]] = MappingProxyType(
    {
        "star": NewsClient.star_items,
        "unstar": NewsClient.unstar_items,
        "read": NewsClient.read_items,
        "unread": NewsClient.unread_items,
    }
)
_FLAGS: Mapping[tuple[Field, bool], str] = MappingProxyType(
    {
        (Field.FAVORITE, True): "star",
        (Field.FAVORITE, False): "unstar",
        (Field.UNREAD, False): "read",
        (Field.UNREAD, True): "unread",
    }
)


class Batch:
    """Operations on different items, and what became of them."""

    def __init__(self, client: NewsClient, edits: frozenset[Field], operations: Sequence[Operation]) -> None:
        self._client = client
        self._operations = operations
        self._outcomes: dict[int, Outcome] = {}
        self._todo: dict[int, set[str]] = {}
        self._keys: dict[int, Key] = {}
        self._sent: set[int] = set()
        for number, operation in enumerate(operations):
            self._take(number, operation, edits)

    def carry_out(self) -> Iterator[Outcome]:
        """Set the flags, and yield an outcome for each operation in its order.

        If the account fails, what stopped it is raised after the last operation that may have been carried out; those
        before it that were not come to are Unknown.
        """
        for flag in _ONE:
            try:
                self._set(flag)
            except BridgeError as error:
                yield from self._cut_short(error)
                return
        for number in range(len(self._operations)):
            yield self._outcomes[number]

    def _take(self, number: int, operation: Operation, edits: frozenset[Field]) -> None:
        """Find out what an operation takes, or why it cannot be."""
        if not isinstance(operation, Update):
            verb = "adds no bookmarks: its items come from feeds" if isinstance(operation, Add) else "removes no items"
            self._outcomes[number] = Failed(f"Nextcloud News {verb}.")
            return
        key, delta = key_of(operation.entry.ref), operation.delta
        if beyond := sorted(field.value for field in delta.fields - edits):
            self._outcomes[number] = Failed(f"Nextcloud News cannot change it: {', '.join(beyond)}.")
        elif key is None:
            self._outcomes[number] = Failed("It is no item of Nextcloud News.", missing=True)
        else:
            self._keys[number] = key
            self._todo[number] = {_FLAGS[field, bool(value)] for field, value in delta.values.items()}
            self._finish(number)

    def _set(self, flag: str) -> None:
        """Set one flag of all that want it and have no outcome yet."""
        numbers = [number for number, todo in self._todo.items() if flag in todo and number not in self._outcomes]
        keys = [self._keys[number] for number in numbers]
        try:
            if len(keys) == 1:
                _ONE[flag](self._client, keys[0])
            else:
                _MANY[flag](self._client, keys)
        except NotFound:
            self._outcomes |= dict.fromkeys(numbers, Failed("Nextcloud News does not have it any more.", missing=True))
        except UnknownOutcome as error:
            self._outcomes |= dict.fromkeys(numbers, Unknown(error.message))
        else:
            for number in numbers:
                self._todo[number].discard(flag)
                self._finish(number)
        self._sent.update(numbers)

    def _finish(self, number: int) -> None:
        """Note that an operation is done, if nothing of it is left to do."""
        operation = self._operations[number]
        if not self._todo[number] and isinstance(operation, Update):
            done = Entry(operation.entry.ref, operation.delta.apply(operation.entry.bookmark))
            self._outcomes[number] = Done(done)

    def _cut_short(self, error: BridgeError) -> Iterator[Outcome]:
        following = max(self._sent, default=-1) + 1
        for number in range(following):
            yield self._outcomes.get(number, Unknown(error.message))
        if following < len(self._operations):
            raise error
