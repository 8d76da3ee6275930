"""Operations that are carried out together, in calls that have an order of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from bridge.model.operation import Add, Operation


def ref_of(operation: Operation) -> tuple[str, ...]:
    """Return what an operation touches: an entry by its ref, or what an Add is to make by its url."""
    return (operation.url if isinstance(operation, Add) else operation.entry.ref,)


def without_repeats(
    operations: Sequence[Operation], touched: Callable[[Operation], Iterable[str]] = ref_of
) -> Iterator[Sequence[Operation]]:
    """Yield the operations in parts that touch nothing twice, so that each entry sees them in their order."""
    part: list[Operation] = []
    seen: set[str] = set()
    for operation in operations:
        names = set(touched(operation))
        if names & seen:
            yield part
            part, seen = [], set()
        part.append(operation)
        seen |= names
    if part:
        yield part
