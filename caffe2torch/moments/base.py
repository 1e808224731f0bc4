"""What a layer says about moments: forward, backward, and for its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from caffe2torch import caffe_pb2 as pb
from caffe2torch.fillers.base import Spread
from caffe2torch.moments.state import Grad, State


@dataclass(frozen=True)
class Place:
    """A layer in a net, as its moments need it: plain values, whoever wired the net.

    bottoms, tops: shapes of its blobs
    loss_weights:  one a top, 0 where a top is no loss
    spreads: distribution of each parameter blob: key -> Spread
    train:   whether it runs as in training; False without the noise of dropout, too
    """

    param: pb.LayerParameter
    bottoms: Sequence[tuple[int, ...]]
    tops: Sequence[tuple[int, ...]]
    loss_weights: Sequence[float]
    spreads: Mapping[str, Spread]
    train: bool


class Moments:
    """How one layer changes moments. The base is a layer that hands on its first bottom."""

    exact: bool = True
    """False for what is only a guess; everything that follows is marked so."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """States of the tops."""
        return [x[0].reshaped(shape) for shape in at.tops] if x else []

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Gradients of the bottoms from those of the tops; None where none flows."""
        first: list[Grad | None] = [below(x[0], y[0], g[0])] if x else []
        return first + [None] * (len(x) - 1)

    def weights(self, at: Place, x: list[State], y: list[State], g: list[Grad]) -> dict[str, float]:
        """Expected squared norm of the gradient of each weight blob: key -> number."""
        return {}


class Guess(Moments):
    """A layer that the model does not know: its tops are taken for reshaped bottoms."""

    exact = False

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """As the base, marked as a guess."""
        return [replace(state, guess=True) for state in super().forward(at, x)]


@dataclass(frozen=True)
class Chain(Moments):
    """Two layers as one; the second has one bottom and no weights."""

    first: Moments
    second: Moments

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """One behind the other."""
        return self.second.forward(_bare(at), self.first.forward(at, x))

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """One behind the other, the second first."""
        between = self.first.forward(at, x)
        return self.first.backward(at, x, between, self._between(at, between, y, g))

    def weights(self, at: Place, x: list[State], y: list[State], g: list[Grad]) -> dict[str, float]:
        """Those of the first."""
        between = self.first.forward(at, x)
        return self.first.weights(at, x, between, self._between(at, between, y, g))

    def _between(
        self, at: Place, between: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad]:
        grads = self.second.backward(_bare(at), between, y, g)
        return [grad for grad in grads if grad is not None]


def _bare(at: Place) -> Place:
    return replace(at, spreads={})


def below(x: State, y: State, g: Grad) -> Grad:
    """The gradient in front of a layer that only changes the shape."""
    if x.places > 1 and y.places == 1:
        # each unit above is one place below, and their gradients have nothing in common
        k = g.k.copy()
        k[:, 1:] = 0
        return Grad(k)
    if y.places > x.places == 1:
        return Grad(g.k[:, :1] + 0 * g.k)
    return g


def count(shape: tuple[int, ...]) -> int:
    """Elements of one sample."""
    return prod(shape[1:])
