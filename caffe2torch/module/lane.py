"""Makes the batches of one source layer ahead of their use, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caffe2torch.data.feeds.base import LayerFeed

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


@dataclass
class Batch:
    """One array a top, and where the feed stood after making them."""

    arrays: list[NDArray[np.float32]]
    state: dict[str, Any]


class Lane:
    """Hands out the batches of `feed`; `depth` of them exist at a time (data_param.prefetch).

    check: called with the arrays of each batch where it is made; what it raises, and whatever
        else goes wrong there, `get` raises, and raises again however often it is called.
    """

    def __init__(
        self,
        feed: LayerFeed,
        depth: int,
        check: Callable[[list[NDArray[np.float32]]], None] = lambda _arrays: None,
    ) -> None:
        self.feed, self.check = feed, check
        # Caffe counts the batch in use and the one being made.
        self._ready: queue.Queue[Batch | BaseException] = queue.Queue(max(depth - 2, 1))
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def get(self) -> Batch:
        """Return the next batch, waiting for it if need be."""
        if self._failure:
            raise self._failure
        if not self.feed.prefetched:
            return self._make()
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name=f"data {self.feed.seat.name}", daemon=True
            )
            self._thread.start()
        made = self._ready.get()
        if isinstance(made, BaseException):
            self._failure = made
            raise made
        return made

    def _make(self) -> Batch:
        arrays = self.feed.next_batch()
        self.check(arrays)
        return Batch(arrays, self.feed.state())

    def _run(self) -> None:
        made: Batch | BaseException
        while not self._stop.is_set():
            try:
                made = self._make()
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                made = error
            self._put(made)
            if isinstance(made, BaseException):
                return

    def _put(self, made: Batch | BaseException) -> None:
        """Wait for a free place, but not when nobody will take it any more."""
        while not self._stop.is_set():
            try:
                self._ready.put(made, timeout=0.1)
            except queue.Full:
                continue
            return

    def restore(self, state: dict[str, Any]) -> None:
        """Drop what was made in advance and go on from `state`."""
        self.halt()
        self._failure = None
        self._stop.clear()
        self.feed.restore(state)

    def halt(self) -> None:
        """Stop the thread; it ends with the batch that it is making."""
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        while not self._ready.empty():
            self._ready.get_nowait()

    def close(self) -> None:
        """Stop the thread and let go of the feed's files."""
        self.halt()
        self.feed.close()
