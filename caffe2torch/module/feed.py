"""All source layers of a net as one stream of batches, made while the net computes.

Source: Caffe src/caffe/layers/base_data_layer.cpp, BasePrefetchingDataLayer
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from caffe2torch.data import feeds, probe
from caffe2torch.data.faults import about
from caffe2torch.data.feeds.base import LayerFeed, Seat
from caffe2torch.errors import C2TError
from caffe2torch.graph.labels import limits
from caffe2torch.module.lane import Batch, Lane

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from caffe2torch.graph import Graph, Node


class Feed:
    """The stream: `next(feed)` is one batch of every source layer, {top blob: tensor}.

    Tensors are float32 on the CPU, in memory of their own. Use it in a `with` statement, or
    call `close`: it owns threads and open files. One thread at a time uses it.
    notes: what a user should be told, each naming its layer.
    """

    def __init__(self, graph: Graph, seed: int, rank: int, world: int, base: str | None) -> None:
        self.graph, self.seed = graph, seed
        self.rank, self.world, self.base = rank, world, base
        self.nodes = _by_name(n for n in graph.sources if probe.supports(n.type))
        self.lanes: dict[str, Lane] = {}
        self._states: dict[str, dict[str, Any]] = {}
        self._open()

    def _open(self) -> None:
        try:
            for name, node in self.nodes.items():
                with self._at(node):
                    self.lanes[name] = self._lane(name, node)
        except BaseException:
            self.close()
            raise
        self._states = {name: lane.feed.state() for name, lane in self.lanes.items()}

    def _lane(self, name: str, node: Node) -> Lane:
        base = self.base if self.base is not None else node.site.base
        seat = Seat(name, node.param, node.site.train, base, self.seed, self.rank, self.world)
        kind = feeds.find(node.type)
        with about(kind.source_field):
            feed = kind(seat)
        return Lane(feed, node.param.data_param.prefetch, _label_check(self.graph, node, feed))

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
            for name, lane in self.lanes.items()
            for note in lane.feed.notes
        ]

    def __iter__(self) -> Feed:
        return self

    def __next__(self) -> dict[str, torch.Tensor]:
        """Return the next batch. Raises DataError for what went wrong while making it."""
        import torch

        blobs: dict[str, torch.Tensor] = {}
        for name, batch in self._batches():
            tops = self.nodes[name].tops
            blobs.update(zip(tops, map(torch.from_numpy, batch.arrays), strict=True))
            self._states[name] = batch.state
        return blobs

    def _batches(self) -> Iterator[tuple[str, Batch]]:
        for name, lane in self.lanes.items():
            with self._at(self.nodes[name]), about(lane.feed.source_field):
                batch = lane.get()
            yield name, batch

    def layer(self, name: str) -> LayerFeed:
        """Return the feed of one layer, such as a MemoryData to be given arrays."""
        return self.lanes[name].feed

    def state(self) -> dict[str, Any]:
        """Return, in JSON's types, where the batches handed out so far end."""
        return {"seed": self.seed, "layers": dict(self._states)}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on after the batches that had been handed out when `state` was taken.

        Raises: DataError if a layer or its place in its data is not there any more.
        """
        if state["seed"] != self.seed:
            self.close()
            self.seed, self.lanes = state["seed"], {}
            self._open()
        for name, lane in self.lanes.items():
            if name in state["layers"]:
                with self._at(self.nodes[name]), about(lane.feed.source_field):
                    lane.restore(state["layers"][name])
                self._states[name] = state["layers"][name]

    def close(self) -> None:
        """Stop the threads and close the files. Closing twice is allowed."""
        for lane in self.lanes.values():
            lane.close()

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
    found: dict[str, Node] = {}
    for node in nodes:
        name = node.name
        while name in found:
            name += "'"
        found[name] = node
    return found


def _label_check(
    graph: Graph, node: Node, feed: LayerFeed
) -> Callable[[list[NDArray[np.float32]]], None]:
    found = limits(graph, node)

    def check(arrays: list[NDArray[np.float32]]) -> None:
        for limit in found:
            limit.check(arrays[limit.top], feed.describe)

    return check
