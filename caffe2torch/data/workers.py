"""Threads that decode and transform the images of a batch side by side.

Decoding, mirroring and arithmetic release the interpreter, so that threads suffice. What a batch
holds never depends on how many there are: its random numbers are drawn before it is shared out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

ENVIRONMENT = "C2T_WORKERS"


def default_count() -> int:
    """Return how many threads a feed uses: what `--workers` set, else one a processor."""
    given = os.environ.get(ENVIRONMENT, "")
    if given.isdecimal() and int(given):
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Threads of one feed, started when they are first needed; one of them none at all."""

    def __init__(self, count: int = 0) -> None:
        self.count = count or default_count()
        self._pool: ThreadPoolExecutor | None = None

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return function(item) for each item, in their order; raises what the first raised."""
        todo = list(items)
        if self.count == 1 or len(todo) < 2:
            return [function(item) for item in todo]
        self._pool = self._pool or ThreadPoolExecutor(self.count, "decode")
        share = max(1, len(todo) // (4 * self.count))
        parts = [todo[i : i + share] for i in range(0, len(todo), share)]
        done = self._pool.map(lambda part: [function(item) for item in part], parts)
        return [result for part in done for result in part]

    def close(self) -> None:
        """End the threads; what has not begun is dropped."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
