"""Assumed shapes of missing data that the rest of the net confirms.

The first guess is what the data layer says of itself. Where a later layer refuses it, shapes
that this layer takes are tried, then other usual sizes of images: the first with which the whole
net fits is assumed. Nothing is tried for an error that no size of the data would change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from caffe2torch.errors import C2TError, ShapeError
from caffe2torch.graph.builder import Stuck
from caffe2torch.graph.model import Graph
from caffe2torch.layers.base import Layer, Shape, Site, allows

Guesses = dict[str, Shape]
STEPS = 8
TRIES = 120
LARGEST = 1 << 31
SIZES = (
    (227, 227), (256, 256), (32, 32), (28, 28), (64, 64), (48, 48), (128, 128), (300, 300),
    (321, 321), (512, 512), (513, 513), (416, 416), (448, 448), (360, 480), (480, 480), (500, 500),
    (473, 473), (713, 713), (112, 112), (96, 96), (368, 368), (32, 100), (32, 128), (32, 256),
    (60, 160), (600, 1000), (1024, 1024),
)  # fmt: skip
CHANNELS = (1, 3, 2, 6, 4)


Wire = Callable[[Guesses], Graph | Stuck]


def fit(wire: Wire) -> Graph:
    """The graph with the first guesses that the whole net takes.

    Raises the error of the first guess if no other one does better, or what stops a better one
    whatever the data are.
    """
    first = wire({})
    if isinstance(first, Graph):
        return first
    if not _may_fit(first):
        raise first.error
    search = _Search(wire, len(first.nodes), first.error)
    for changes in ({}, *_sizes(first.assumed)):
        graph = search.follow(changes)
        if graph is not None:
            return graph
    raise search.problem


def _may_fit(stuck: Stuck) -> bool:
    """Whether other sizes of the missing data might get the net wired."""
    error = stuck.error
    if not isinstance(error, ShapeError):
        return False
    return bool(error.assumed) or (error.field == "param" and stuck.rests)


@dataclass
class _Search:
    """Follows guesses as long as they get further; `problem` is what to say if none fits."""

    wire: Wire
    depth: int
    problem: C2TError
    left: int = TRIES

    def follow(self, guesses: Guesses, depth: int = -1, steps: int = STEPS) -> Graph | None:
        """The graph with these guesses, and with shapes that the layer in the way would take."""
        if not self.left:
            return None
        self.left -= 1
        result = self.wire(guesses)
        if isinstance(result, Graph):
            return result
        if len(result.nodes) > self.depth and not result.error.assumed:
            self.problem, self.depth = result.error, len(result.nodes)
        if len(result.nodes) > depth:
            for changes in islice(_direct(result), steps):
                graph = self.follow(guesses | changes, len(result.nodes), steps // 2)
                if graph is not None:
                    return graph
        return None


def _direct(stuck: Stuck) -> Iterator[Guesses]:
    """Shapes of data that the layer reads itself, which it would take."""
    layer, site = stuck.layer, stuck.site
    if layer is None or site is None:
        return
    for tops in _groups(stuck, site):
        same = [tops.get(blob) is not None for blob in site.bottom_names]
        others = [s for s, mine in zip(site.bottoms, same, strict=True) if not mine]
        guessed = list(dict.fromkeys(tops.values()))
        for shape in dict.fromkeys(_shapes(stuck.assumed[guessed[0]], others, site)):
            bottoms = [shape if m else s for s, m in zip(site.bottoms, same, strict=True)]
            if _takes(layer, replace(site, bottoms=bottoms, notes=[])):
                yield dict.fromkeys(guessed, shape)


def _groups(stuck: Stuck, site: Site) -> Iterator[dict[str, str]]:
    """Bottoms -> the assumed tops that they are: one top at a time, then those of one shape.

    The targets of boxes and their weights are of one shape, and only together of another.
    """
    origin = _origins(stuck)
    read = {blob: origin[blob] for blob in site.bottom_names if blob in origin}
    shapes = {top: stuck.assumed[top] for top in read.values()}
    for top in shapes:
        yield {blob: origin for blob, origin in read.items() if origin == top}
    for shape in dict.fromkeys(shapes.values()):
        alike = {blob: top for blob, top in read.items() if shapes[top] == shape}
        if len(set(alike.values())) > 1:
            yield alike


def _origins(stuck: Stuck) -> dict[str, str]:
    """Blob -> the assumed top that it is, itself or a copy of it."""
    origin = {top: top for top in stuck.assumed}
    for node in stuck.nodes:
        if node.type == "Split" and node.bottoms[0] in origin:
            origin |= dict.fromkeys(node.tops, origin[node.bottoms[0]])
    return origin


def _shapes(shape: Shape, others: list[Shape], site: Site) -> Iterator[Shape]:
    n = shape[:1]
    for other in others:
        yield from (other[:2], (*other[:1], 1, *other[2:]), other, other[:1], other[:-1])
        yield from ((*other[:1], math.prod(other[1:])), (*other[:1], *other[2:]))
    yield from (n, shape[:2], (*n, 1), (*n, 1, 1), (*n, 1, 1, 1))
    numbers = list(dict.fromkeys(_numbers(site.param)))
    yield tuple(numbers)
    sizes = [dim for other in others for dim in other[1:]]
    more = [k for m in numbers for k in (m, m + 1, 2 * m, site.n_tops * m)]
    for dim in dict.fromkeys((*sizes, *more, *CHANNELS, site.n_tops)):
        yield from ((*shape[:i], dim, *shape[i + 1 :]) for i in range(1, len(shape)))
        yield (*n, dim)


def _numbers(message: Any) -> Iterator[int]:
    """The positive integers that a layer's parameters hold."""
    for field, value in message.ListFields():
        repeated = hasattr(value, "__len__") and not isinstance(value, (str, bytes))
        for item in value if repeated else (value,):
            if field.message_type is not None:
                yield from _numbers(item)
            elif type(item) is int and field.enum_type is None and 0 < item < 1 << 15:
                yield item


def _takes(layer: Layer, site: Site) -> bool:
    if not allows(layer.counts(site)[0], len(site.bottoms)):
        return False  # its shape rule relies on that
    try:
        shapes = [*site.bottoms, *layer.shapes(site)]
    except C2TError:
        return False
    return all(0 < math.prod(shape) < LARGEST for shape in shapes)


def _sizes(assumed: Guesses) -> Iterator[Guesses]:
    """Other sizes and channels of images; label images of the same size go with them."""
    images = {shape[2:] for shape in assumed.values() if len(shape) == 4 and shape[2] > 1}
    for old in sorted(images):
        for size in SIZES:
            yield {t: (*s[:2], *size) for t, s in assumed.items() if s[2:] == old}
    for top, shape in assumed.items():
        if len(shape) == 4:
            for c in CHANNELS:
                yield {top: (shape[0], c, *shape[2:])}
