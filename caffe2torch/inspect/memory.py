"""How much memory a net takes to train and to run: an estimate from its graph alone.

Training holds, in float32 (4 bytes):

    parameters     all of them, BatchNorm's statistics too
    gradients      of the parameters that are trained (lr_mult is not 0)
    history        of the same, as many times as the solver type keeps one
    activations    every top once, from forward until backward, be it needed or not; none for a
                   view (Split, Flatten, Reshape) and for what torch overwrites in place as Caffe
                   does (ReLU, Dropout, not BatchNorm and Scale); more for what a layer remembers:
                   8 bytes a value for the places of max pooling, 1 for Dropout's mask, 8 for LRN
    gradients of activations   of the one layer whose tops and bottoms are the largest

Running holds the parameters, and the blobs that some later layer still reads, at the worst moment.

Not in it: what a convolution needs to work in, memory that the allocator keeps, data that is
prefetched, and torch with CUDA itself, which is 0.3 to 0.6 GB on the device.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

from caffe2torch.config.methods import METHODS
from caffe2torch.errors import C2TError
from caffe2torch.graph.model import Graph, Node

FLOAT = 4


@dataclass(frozen=True)
class Memory:
    """Bytes by what they are for; `purpose` is "train" or "run", `method` the solver type."""

    purpose: str
    method: str
    parts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.parts.values())

    @property
    def data(self) -> dict[str, Any]:
        method = {"method": self.method} if self.method else {}
        parts = {f"{name}_bytes": count for name, count in self.parts.items()}
        return {**method, **parts, "total_bytes": self.total}


def training(graph: Graph, method: str) -> Memory:
    """Estimate one iteration with a solver type; see the file's docstring."""
    trained = FLOAT * sum(_trained(node) for node in graph.nodes)
    arrays = len(METHODS[method].histories) if method in METHODS else 1
    parts = {
        "parameters": _parameters(graph),
        "gradients": trained,
        "history": arrays * trained,
        "activations": sum(tops_bytes(node) + _remembered(node) for node in graph.nodes),
        "activation_gradients": FLOAT * max((_flowing(n) for n in graph.nodes), default=0),
    }
    return Memory("train", method, parts)


def running(graph: Graph) -> Memory:
    """Estimate one forward without gradients."""
    parts = {"parameters": _parameters(graph), "activations": max(_live(graph), default=0)}
    return Memory("run", "", parts)


def roots(graph: Graph) -> dict[str, str]:
    """Return for each blob the one in whose memory it lies: itself, or what it is a view of."""
    root: dict[str, str] = {}
    for node in graph.nodes:
        for top in node.tops:
            seen = node.bottoms and node.layer.shares_bottom(node.site)
            root.setdefault(top, root[node.bottoms[0]] if seen else top)
    return root


def tops_bytes(node: Node) -> int:
    """Return the bytes of the tops for which a layer takes memory."""
    if node.layer.shares_bottom(node.site):
        return 0
    new = [shape for top, shape in zip(node.tops, node.top_shapes, strict=True)
           if top not in node.bottoms]  # fmt: skip
    if len(new) < len(node.tops) and not _overwrites(node):
        new = node.top_shapes
    return FLOAT * sum(map(prod, new))


def _overwrites(node: Node) -> bool:
    """Whether torch runs the layer in place too."""
    try:
        return bool(node.layer.code(node.site).inplace)
    except C2TError:
        return True


def _parameters(graph: Graph) -> int:
    return FLOAT * sum(ref.blob.count for ref in graph.params)


def _trained(node: Node) -> int:
    if not node.need_backward:
        return 0
    refs = [ref for ref in node.params if ref.owner is None and ref.blob.learnable]
    return sum(ref.blob.count for ref in refs if ref.lr_mult)


def _remembered(node: Node) -> int:
    """Bytes that backward needs beside the tops."""
    return node.layer.remembers(node.site, node.top_shapes, node.need_backward)


def _flowing(node: Node) -> int:
    """Values of the gradients that are there while a layer runs backward."""
    if not node.need_backward:
        return 0
    pairs = zip(node.bottom_shapes, node.bottom_need_backward, strict=True)
    below = sum(prod(shape) for shape, needed in pairs if needed)
    return below + sum(map(prod, node.top_shapes))


def _live(graph: Graph) -> Iterator[int]:
    """Yield for each layer the bytes of the blobs that are there while it runs."""
    root = roots(graph)
    last = {root[b]: i for i, node in enumerate(graph.nodes) for b in (*node.bottoms, *node.tops)}
    last.update((root[blob], len(graph.nodes)) for blob in graph.outputs)
    dying: dict[int, list[str]] = {}
    for blob, position in last.items():
        dying.setdefault(position, []).append(blob)
    live: dict[str, int] = {}
    total = 0
    for i, node in enumerate(graph.nodes):
        for top in node.tops:
            if root[top] not in live:
                live[root[top]] = FLOAT * prod(graph.shapes.get(root[top], ()))
                total += live[root[top]]
        in_place = not set(node.tops).isdisjoint(node.bottoms)
        yield total + (tops_bytes(node) if in_place else 0)
        total -= sum(live.pop(blob) for blob in dying.get(i, ()))
