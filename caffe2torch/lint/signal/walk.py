"""Walks a graph forward and backward with the moments of each layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from math import isfinite, prod
from typing import TYPE_CHECKING

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers
from caffe2torch.fillers.base import Spread
from caffe2torch.moments.base import Chain, Guess, Moments, Place
from caffe2torch.moments.lags import N
from caffe2torch.moments.loss import Loss
from caffe2torch.moments.normalize import LRN, BatchNorm
from caffe2torch.moments.pointwise import Dropout
from caffe2torch.moments.state import Grad, State, no_grad

if TYPE_CHECKING:
    from caffe2torch.graph.model import Graph, Node, ParamRef

LARGEST = 1e40
"""Second moment from which on it does not matter how large it is."""
MOST_SIDE, MOST_PLACES, MOST_TAPS = 2048, 1 << 30, 1 << 16
"""How large maps and windows are followed: places a side, pairs of them in a net, taps of a window.

Windows are counted pair by pair of places along each axis; what is larger is taken for a guess.
"""
Fillers = Mapping[tuple[str, str], pb.FillerParameter]
"""(layer, blob key) -> filler, in place of what the net says."""


class Walk:
    """One way forward through a graph; the way back is gone when somebody asks for gradients.

    inputs: states of the source blobs
    norm:   as if a BatchNorm stood behind every weight layer but the last
    quiet:  without the noise of dropout
    like:   another walk; what stands in front of the first difference is taken from it
    blobs:  name -> State at the end
    xs, ys, places: bottoms, tops and place of each layer of graph.nodes
    """

    def __init__(
        self, graph: Graph, inputs: Mapping[str, State], given: Fillers | None = None,
        norm: bool = False, quiet: bool = False, like: Walk | None = None,
    ) -> None:  # fmt: skip
        self.graph, self.inputs, self.given = graph, inputs, given or {}
        self.normed = _all_but_last(graph) if norm else frozenset()
        self.quiet = quiet
        most = min(MOST_SIDE**2, MOST_PLACES // max(len(graph.nodes), 1))
        self.moments = [
            _default(node) if moments is None or _is_beyond(node, moments, most) else moments
            for node, moments in zip(graph.nodes, graph.moments, strict=True)
        ]
        self.blobs: dict[str, State] = dict(inputs)
        begin = self._differs(like) if like is not None else 0
        self.places: list[Place] = like.places[:begin] if like else []
        self.xs: list[list[State]] = like.xs[:begin] if like else []
        self.ys: list[list[State]] = like.ys[:begin] if like else []
        self._forward(begin)

    @cached_property
    def weighted(self) -> list[int]:
        """Positions of the layers with weights."""
        return [i for i, node in enumerate(self.graph.nodes) if weight_of(node)]

    @cached_property
    def squares(self) -> dict[int, float]:
        """id of a ParamRef (its owner's) -> expected squared norm of its gradient."""
        return self._backward(None)

    def curvature(self, shared: float) -> dict[int, float]:
        """id of a ParamRef -> its part of the loss's largest second derivative.

        Of the Gauss-Newton matrix, along the direction in which all samples agree; `shared` is
        how much of two samples' parts counts: 1, or 0 for what each sample has for itself.
        Source: Karakida et al. 2019 (the largest eigenvalue of the Fisher matrix of random nets).
        """
        return self._backward(shared)

    @cached_property
    def without_noise(self) -> Walk:
        """The same walk without dropout; it differs from the first Dropout on."""
        if not any(isinstance(moments, Dropout) for moments in self.moments):
            return self
        norm = bool(self.normed)
        return Walk(self.graph, self.inputs, self.given, norm, quiet=True, like=self)

    def _differs(self, like: Walk) -> int:
        """Position of the first layer that does not do the same there."""
        if like.inputs is not self.inputs:
            return 0
        names = {**self.given, **like.given}
        changed = {key for key in names if self.given.get(key) != like.given.get(key)}
        for i, node in enumerate(self.graph.nodes):
            noisy = self.quiet != like.quiet and isinstance(self.moments[i], Dropout)
            normed = (node.name in self.normed) != (node.name in like.normed)
            if noisy or normed or (changed and not changed.isdisjoint(_owners(node))):
                return i
        return len(self.graph.nodes)

    def _forward(self, begin: int) -> None:
        for node, tops in zip(self.graph.nodes, self.ys, strict=False):
            self.blobs.update(zip(node.tops, tops, strict=True))
        if self.normed:
            self.moments = [
                Chain(moments, BatchNorm()) if node.name in self.normed else moments
                for moments, node in zip(self.moments, self.graph.nodes, strict=True)
            ]
        for node, moments in zip(self.graph.nodes[begin:], self.moments[begin:], strict=True):
            place = place_of(node, self.given, self.quiet)
            x = [self.blobs[blob] for blob in node.bottoms]
            given = [self.blobs[top] for top in node.tops] if node.layer.source else None
            y = given or _tops(moments, place, x)
            self.places.append(place)
            self.xs.append(x)
            self.ys.append(y)
            self.blobs.update(zip(node.tops, y, strict=True))

    def _backward(self, shared: float | None) -> dict[int, float]:
        """Second moments by parameter, of the loss's gradient or (shared) of its curvature."""
        squares: dict[int, float] = {}
        grads: dict[str, Grad] = {}
        with np.errstate(all="ignore"):
            self._backward_into(squares, grads, shared)
        return squares

    def _backward_into(
        self, squares: dict[int, float], grads: dict[str, Grad], shared: float | None
    ) -> None:
        for i, node in reversed(list(enumerate(self.graph.nodes))):
            if node.layer.source:
                continue
            above = [grads.pop(top, None) for top in node.tops]
            if not any(node.loss_weights) and all(grad is None for grad in above):
                continue
            g = [grad or _from_weight(node, top) for top, grad in enumerate(above)]
            for ref, square in self._weights(i, node, g):
                squares[id(ref)] = squares.get(id(ref), 0.0) + square
            grads.update(self._below(i, node, g, shared))

    def _weights(self, i: int, node: Node, g: list[Grad]) -> Iterator[tuple[ParamRef, float]]:
        squares = self.moments[i].weights(self.places[i], self.xs[i], self.ys[i], g)
        for key, square in squares.items():
            ref = next(ref for ref in node.params if ref.key == key)
            yield ref.owner or ref, square

    def _below(
        self, i: int, node: Node, g: list[Grad], shared: float | None
    ) -> Iterator[tuple[str, Grad]]:
        moments = self.moments[i]
        if not node.need_backward and not any(node.loss_weights):
            return
        if node.layer.loss and not isinstance(moments, Loss):
            return  # nothing is known of its gradient, which is better than a guess
        grads: list[Grad | None]
        if shared is not None and isinstance(moments, Loss):
            grads = [moments.curvature(self.places[i], self.xs[i][0], shared)]
        else:
            grads = moments.backward(self.places[i], self.xs[i], self.ys[i], g)
        for blob, grad, needs in zip(node.bottoms, grads, node.bottom_need_backward, strict=False):
            if grad is not None and needs:
                yield blob, _tame(grad)


def weight_of(node: Node) -> ParamRef | None:
    """The weight blob of a layer whose gradient the model knows."""
    return next((ref for ref in node.params if ref.key == "weight" and len(ref.shape) > 1), None)


def place_of(node: Node, given: Fillers, quiet: bool = False) -> Place:
    """A layer with the distributions of its blobs; `given` fillers replace the net's own."""
    return Place(
        param=node.param,
        bottoms=node.bottom_shapes,
        tops=node.top_shapes,
        loss_weights=node.loss_weights,
        spreads={ref.key: _spread(ref, given) for ref in node.params},
        train=node.site.train and not quiet,
    )


def _owners(node: Node) -> list[tuple[str, str]]:
    return [((ref.owner or ref).layer, (ref.owner or ref).key) for ref in node.params]


def _all_but_last(graph: Graph) -> frozenset[str]:
    return frozenset([node.name for node in graph.nodes if weight_of(node)][:-1])


def _spread(ref: ParamRef, given: Fillers) -> Spread:
    owner = ref.owner or ref
    filler = given.get((owner.layer, owner.key), owner.blob.filler)
    if filler is None:
        return Spread(0.0, 0.0, independent=False)
    return fillers.find(filler.type).spread(filler, owner.shape)


def _tops(moments: Moments, place: Place, x: list[State]) -> list[State]:
    if not x:  # a Parameter layer: its blob is no data
        from caffe2torch.lint.signal.inputs import unknown

        return [unknown(tuple(shape)) for shape in place.tops]
    with np.errstate(all="ignore"):
        states = [_bounded(state) for state in moments.forward(place, x)]
    tops = [
        state if state.shape == tuple(shape) else state.reshaped(shape)
        for state, shape in zip(states, place.tops, strict=True)
    ]
    if any(state.guess for state in x[:1]):
        tops = [state if state.guess else replace(state, guess=True) for state in tops]
    return tops


def _bounded(state: State) -> State:
    """The state, or a smaller one where a net explodes so far that numbers would overflow."""
    if isfinite(state.var) and isfinite(state.mean) and isfinite(state.zero):
        over = max(state.var, state.mean**2, state.zero) / LARGEST
        return state.scaled(over**-0.5) if over > 1 else state
    k = np.full((2, N), LARGEST)
    return replace(
        state, act=None, mean=0.0, mean_zero=0.0, k=k, joint=0.0, zero=0.0, diff=None, guess=True
    )


def _tame(grad: Grad) -> Grad:
    """The same for a gradient."""
    most = float(np.abs(grad.k).max())
    if most <= LARGEST:
        return grad
    if not isfinite(most):
        return Grad(np.full((2, N), LARGEST), profile=grad.profile)
    return grad.times(LARGEST / most)


def _from_weight(node: Node, top: int) -> Grad:
    """The gradient at a top without readers: its loss weight, the same for every unit."""
    weight = node.loss_weights[top] if top < len(node.loss_weights) else 0.0
    return Grad(np.full((2, N), weight**2)) if weight else no_grad()


def _is_beyond(node: Node, moments: Moments, most: int) -> bool:
    """Whether windows over maps are too many to be counted."""
    if isinstance(moments, LRN):
        return moments.size**2 > MOST_TAPS if moments.within else moments.size > MOST_TAPS // 64
    kernel: tuple[int, ...] = getattr(moments, "kernel", ())
    if not kernel:
        return False
    below, above = node.bottom_shapes[0][2:], node.top_shapes[0][2:]
    pairs = (n * max(size, k) for n, size, k in zip(above, below, kernel, strict=False))
    swapped = (n * max(size, k) for n, size, k in zip(below, above, kernel, strict=False))
    return max(*pairs, *swapped, 0) > most or prod(kernel) > MOST_TAPS


def _default(node: Node) -> Moments:
    """For a type without a rule: the same shape is taken for harmless, the rest for a guess."""
    same = len(node.bottoms) == len(node.tops) == 1 and node.bottom_shapes == node.top_shapes
    return Moments() if same and not node.blobs else Guess()
