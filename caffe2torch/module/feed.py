"""All source layers of a net as one stream of batches, made while the net computes.

Source: Caffe src/caffe/layers/base_data_layer.cpp, BasePrefetchingDataLayer

Makes the batches of one source layer ahead of their use, in a thread of its own.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caffe2torch.data import feeds
from caffe2torch.data.faults import about
from caffe2torch.data.feeds.base import LayerFeed, SourceSite
from caffe2torch.errors import C2TError
from caffe2torch.graph.labels import limits

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import torch
    from numpy.typing import NDArray

    from caffe2torch.graph.model import Graph, Node


class Feed:
    """The stream: `next(feed)` is one batch of every source layer, {top blob: tensor}.

    Tensors are float32 on the CPU, in memory of their own. Use it in a `with` statement, or
    call `close`: it owns threads and open files. One thread at a time uses it.
    notes: what a user should be told, each naming its layer.
    log:   takes the place in Caffe's source and the text that a layer logs, in the layer's thread
    """

    def __init__(self, graph: Graph, seed: int, rank: int, world: int, base: str | None) -> None:
        self.graph, self.seed = graph, seed
        self.rank, self.world, self.base = rank, world, base
        self.nodes = _by_name(n for n in graph.sources if feeds.known(feeds.name_of(n.param)))
        self.log: Callable[[str, str], object] = lambda _place, _text: None
        self.prefetchers: dict[str, Prefetcher] = {}
        self._states: dict[str, dict[str, Any]] = {}
        self._open()

    def _open(self) -> None:
        try:
            for name, node in self.nodes.items():
                with self._at(node):
                    self.prefetchers[name] = self._prefetcher(name, node)
        except BaseException:
            self.close()
            raise
        self._states = {
            name: prefetcher.feed.state() for name, prefetcher in self.prefetchers.items()
        }

    def _prefetcher(self, name: str, node: Node) -> Prefetcher:
        base = self.base if self.base is not None else node.site.base
        site = SourceSite(name, node.param, node.site.train, base, self.seed, self.rank, self.world)
        kind = feeds.find(feeds.name_of(node.param))
        with about(kind.source_field):
            feed = kind(site)
        feed.log = self._log
        return Prefetcher(
            feed, node.param.data_param.prefetch, _label_check(self.graph, node, feed)
        )

    def _log(self, place: str, text: str) -> None:
        """Log what a layer reads; `log` may come after the layers are open."""
        self.log(place, text)

    @contextmanager
    def _at(self, node: Node) -> Iterator[None]:
        """Put the layer's name and position on an error that has none."""
        try:
            yield
        except C2TError as error:
            name = f'layer "{node.name}" ({node.type}): '
            error.span = error.span or self.graph.span(node, getattr(error, "field", ""))
            if not error.message.startswith(name):
                error.message = name + error.message
            raise

    @property
    def notes(self) -> list[str]:
        return [
            f'layer "{name}": {note}'
            for name, prefetcher in self.prefetchers.items()
            for note in prefetcher.feed.notes
        ]

    def __iter__(self) -> Feed:
        return self

    def __next__(self) -> dict[str, torch.Tensor]:
        """Return the next batch. Raises DataError for what went wrong while making it."""
        import torch

        blobs: dict[str, torch.Tensor] = {}
        states: dict[str, dict[str, Any]] = {}
        for name, batch in self._batches():
            tops = self.nodes[name].tops
            blobs.update(zip(tops, map(torch.from_numpy, batch.arrays), strict=True))
            states[name] = batch.state
        self._states.update(states)  # all or none: a layer that fails takes no batch of another
        return blobs

    def _batches(self) -> Iterator[tuple[str, Batch]]:
        for name, prefetcher in self.prefetchers.items():
            with self._at(self.nodes[name]), about(prefetcher.feed.source_field):
                batch = prefetcher.get()
            yield name, batch

    def batch_of(self, node: Node) -> list[NDArray[np.float32]]:
        """Return the next batch of one source layer, one array a top, without the others'."""
        name = next(name for name, known in self.nodes.items() if known is node)
        prefetcher = self.prefetchers[name]
        with self._at(node), about(prefetcher.feed.source_field):
            batch = prefetcher.get()
        self._states[name] = batch.state
        return batch.arrays

    def layer(self, name: str) -> LayerFeed:
        """Return the feed of one layer, such as a MemoryData to be given arrays."""
        return self.prefetchers[name].feed

    def state(self) -> dict[str, Any]:
        """Return, in JSON's types, where the batches handed out so far end."""
        return {"seed": self.seed, "layers": dict(self._states)}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on after the batches that had been handed out when `state` was taken.

        Raises: DataError if a layer or its place in its data is not there any more.
        """
        if state["seed"] != self.seed:
            self.close()
            self.seed, self.prefetchers = state["seed"], {}
            self._open()
        for name, prefetcher in self.prefetchers.items():
            if name in state["layers"]:
                with self._at(self.nodes[name]), about(prefetcher.feed.source_field):
                    prefetcher.restore(state["layers"][name])
                self._states[name] = state["layers"][name]

    def close(self) -> None:
        """Stop the threads and close the files. Closing twice is allowed."""
        for prefetcher in self.prefetchers.values():
            prefetcher.close()

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_feed(
    graph: Graph,
    seed: int | None = None,
    rank: int = 0,
    world: int = 1,
    base: str | None = None,
) -> Feed:
    """Open all source layers of `graph` but Input; nothing is read ahead before the first batch.

    seed: of crops, mirroring and order (the solver's random_seed); None or negative: a new one.
    rank, world: of this process among those that train together; records are dealt in turn.
    base: folder for paths that the working directory lacks; default: that of the net file.
    Raises: DataError, ShapeError or UnsupportedError, naming the layer and its position.
    """
    if seed is None or seed < 0:
        from secrets import randbits

        seed = randbits(63)
    return Feed(graph, seed, rank, world, base)


def _by_name(nodes: Iterable[Node]) -> dict[str, Node]:
    """Return the nodes by name; Caffe lets two layers have one name, so a later one gets a mark."""
    named: dict[str, Node] = {}
    for node in nodes:
        name = node.name
        while name in named:
            name += "'"
        named[name] = node
    return named


def _label_check(
    graph: Graph, node: Node, feed: LayerFeed
) -> Callable[[list[NDArray[np.float32]]], None]:
    bounds = limits(graph, node)

    def check(arrays: list[NDArray[np.float32]]) -> None:
        for limit in bounds:
            limit.check(arrays[limit.top], feed.describe)

    return check


@dataclass
class Batch:
    """One array a top, and where the feed stood after making them."""

    arrays: list[NDArray[np.float32]]
    state: dict[str, Any]


class Prefetcher:
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
                target=self._run, name=f"data {self.feed.site.name}", daemon=True
            )
            self._thread.start()
        item = self._ready.get()
        if isinstance(item, BaseException):
            self._failure = item
            raise item
        return item

    def _make(self) -> Batch:
        arrays = self.feed.next_batch()
        self.check(arrays)
        return Batch(arrays, self.feed.state())

    def _run(self) -> None:
        item: Batch | BaseException
        while not self._stop.is_set():
            try:
                item = self._make()
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                item = error
            self._put(item)
            if isinstance(item, BaseException):
                return

    def _put(self, item: Batch | BaseException) -> None:
        """Wait for a free place, but not when nobody will take it any more."""
        while not self._stop.is_set():
            try:
                self._ready.put(item, timeout=0.1)
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
        self._drop()  # it may wait for a free place
        if self._thread:
            self._thread.join()
            self._thread = None
        self._drop()

    def _drop(self) -> None:
        """Throw away what was made in advance."""
        while not self._ready.empty():
            self._ready.get_nowait()

    def close(self) -> None:
        """Stop the thread and let go of the feed's files."""
        self.halt()
        self.feed.close()
