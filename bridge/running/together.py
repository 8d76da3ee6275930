"""Waits for several accounts at once: each is asked in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")


def together(functions: Mapping[K, Callable[[], T]]) -> Mapping[K, T]:
    """Return what the functions return. Raises the first error, in their order, once all have ended."""
    results: dict[K, T] = {}
    errors: dict[K, BaseException] = {}

    def call(key: K) -> None:
        try:
            results[key] = functions[key]()
        except BaseException as error:
            errors[key] = error

    # A program that is told to end at once does not wait for a server.
    threads = [threading.Thread(target=call, args=(key,), daemon=True) for key in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for key in functions:
        if key in errors:
            raise errors[key]
    return results
