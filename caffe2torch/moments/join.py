"""Layers with several bottoms or tops: sums, products, maxima, concatenation, slices, copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod, sqrt

import numpy as np

from caffe2torch.moments.base import Moments, Place
from caffe2torch.moments.base import below as reshape_grad
from caffe2torch.moments.pooling import largest
from caffe2torch.moments.profile import fitting, mixed
from caffe2torch.moments.residual import kept, mix_of, never_negative
from caffe2torch.moments.state import SAME, Grad, State


@dataclass(frozen=True)
class Sum(Moments):
    """Σ coeff · x. The terms are uncorrelated: each passed random weights of its own."""

    coeff: tuple[float, ...] = ()

    def _of(self, i: int) -> float:
        return self.coeff[i] if self.coeff else 1.0

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Add means and covariances."""
        total = x[0].plain().scaled(self._of(0))
        for i, state in enumerate(x[1:], 1):
            s = state.plain().scaled(self._of(i))
            total = replace(
                total, mean=total.mean + s.mean, k=total.k + s.k,
                mean_zero=total.mean_zero + s.mean_zero, joint=total.joint + s.joint,
                zero=total.zero + s.zero,
                diff=total.moved + s.moved, tied=total.tied and s.tied,
                guess=total.guess or s.guess,
            )  # fmt: skip
        parts = [self._of(i) ** 2 * s.plain().var for i, s in enumerate(x)]
        bursts = [sqrt(s.burst) for s in x]
        even = sum(p * b for p, b in zip(parts, bursts, strict=True)) / max(sum(parts), 1e-300)
        total = replace(total, burst=even**2)
        factors = [self._of(i) for i in range(len(x))]
        above = all(never_negative(s, f) for s, f in zip(x, factors, strict=True))
        floor = (total.mean, total.var) if above else None
        return [replace(total, mix=mix_of(x, factors, total), floor=floor)]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Everyone gets the gradient; how far it goes along a term is that term's share."""
        out: list[Grad | None] = []
        for i, state in enumerate(x):
            square = self._of(i) ** 2
            factor = square * kept(y[0], state, g[0])
            tilt = g[0].tilt
            if tilt is not None and y[0].var > 0:
                # what lies along the sum lies along a term by that term's share of it
                share = min(1.0, square * state.plain().var / y[0].var)
                alone = g[0].k * state.plain().rho
                tilt = factor * (share * tilt + (1 - share) * alone)
            out.append(Grad(g[0].k * factor, tilt, g[0].profile))
        return out


class Product(Moments):
    """x · y, unit by unit (or a channel's factor for all its places)."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Multiply moments about 0 of independent factors."""
        total = x[0].plain()
        for state in x[1:]:
            a, b = total.raw, state.raw
            mean, mean_zero = a.mean * b.mean, a.mean_zero * b.mean_zero
            square = a.square * (b.square if state.places > 1 else b.square[:, :1])
            total = replace(
                total, mean=mean, mean_zero=mean_zero, k=square - mean**2,
                joint=a.joint * b.joint - mean * mean_zero, zero=a.zero * b.zero - mean_zero**2,
                diff=None,
                tied=False, guess=total.guess or state.guess,
            )  # fmt: skip
        return [total]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Multiply by the other factors; a channel's factor collects from all its places."""
        out: list[Grad | None] = []
        for i, state in enumerate(x):
            k = g[0].k
            for j, other in enumerate(x):
                if j != i:
                    square = other.raw.square
                    k = k * (square if other.places > 1 else square[:, :1])
            if state.places == 1 and y[0].places > 1:
                from caffe2torch.moments.lags import pairs

                k = np.repeat((k @ pairs(y[0].sizes, y[0].pitch))[:, None], k.shape[1], 1)
            out.append(Grad(k))
        return out


class Maximum(Moments):
    """The largest of several blobs, unit by unit (maxout, max-feature-map)."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """As of independent normal numbers."""
        s = x[0]
        mean, var = largest(float(len(x)))
        k = s.k.copy()
        k[SAME, 0] = s.var * var
        k[:, 1:] *= var
        return [replace(s, mean=s.mean + sqrt(max(s.var, 0)) * mean, k=k)]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """One of them gets it."""
        k = g[0].k / len(x) ** 2
        k[SAME, 0] *= len(x)
        return [Grad(k, profile=g[0].profile)] * len(x)


@dataclass(frozen=True)
class Concat(Moments):
    """Bottoms beside each other on one axis: moments averaged by their channels."""

    axis: int = 1

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Average; the common function is kept where all have the same."""
        sizes = [s.shape[self.axis] if self.axis < len(s.shape) else 1 for s in x]
        share = np.array(sizes) / max(1, sum(sizes))
        if any(s.act is not x[0].act and s.act != x[0].act for s in x):
            x = [s.plain() for s in x]
        mean = float(share @ [s.mean for s in x])
        mean_zero = float(share @ [s.mean_zero for s in x])
        square = sum(w * (s.k + s.mean**2) for w, s in zip(share, x, strict=True))
        joint = float(share @ [s.joint + s.mean * s.mean_zero for s in x])
        zero = float(share @ [s.zero + s.mean_zero**2 for s in x])
        parts = [w * float(s.raw.square[SAME, 0]) for w, s in zip(share, x, strict=True)]
        lines = mixed([fitting(s.profile, x[0].sizes) for s in x], parts)
        return [
            replace(
                x[0],
                shape=tuple(at.tops[0]),
                profile=lines,
                mean=mean,
                mean_zero=mean_zero,
                k=square - mean**2,
                joint=joint - mean * mean_zero,
                zero=zero - mean_zero**2,
                diff=float(share @ [s.moved for s in x]),
                guess=any(s.guess for s in x),
                tied=all(s.tied for s in x),
            )
        ]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Everyone gets its own part."""
        return [g[0]] * len(x)


class Copies(Moments):
    """The bottom, or a part of it, as every top (Split, Slice); gradients add up or lie apart."""

    def __init__(self, parts: bool = False) -> None:
        """`parts`: the tops are parts of the bottom, and share no unit."""
        self.parts = parts

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """The same moments for every top."""
        return [x[0].reshaped(shape) for shape in at.tops]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Add the gradients of copies, average those of parts."""
        if not self.parts:
            total = g[0]
            for grad in g[1:]:
                total = total.plus(grad, x[0])
            return [total]
        shares = _shares([s.shape for s in y])
        return [Grad(sum((w * grad.k for w, grad in zip(shares, g, strict=True)), 0 * g[0].k))]


def _shares(shapes: Sequence[tuple[int, ...]]) -> list[float]:
    sizes = [prod(shape) for shape in shapes]
    return [size / max(1, sum(sizes)) for size in sizes]


class Reshape(Moments):
    """Any layer that only moves units: Flatten, Reshape, Permute, Crop."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """The same moments in another shape."""
        return [x[0].reshaped(shape) for shape in at.tops]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """The same moments in the old shape."""
        share = min(1.0, prod(y[0].shape) / max(1, prod(x[0].shape)))
        return [reshape_grad(x[0], y[0], g[0]).times(share)] + [None] * (len(x) - 1)


class Axpy(Moments):
    """a · x + y, one a for each sample and channel."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Product, then sum."""
        scaled = Product().forward(at, [x[1], x[0]])[0]
        return Sum().forward(at, [scaled, x[2]])

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Those of product and sum."""
        first, second = Product().backward(at, [x[1], x[0]], y, g)
        return [second, first, g[0]]


@dataclass(frozen=True)
class Resample(Moments):
    """Interpolation to another size: the same covariances, places nearer or further apart."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Change the pitch."""
        s, shape = x[0].plain(), tuple(at.tops[0])
        old, new = s.places, max(1, prod(shape[2:]))
        step = (old / new) ** (1 / max(1, len(s.sizes)))
        return [replace(s, shape=shape, pitch=s.pitch * step)]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Each place collects from all that it made, as far as they agree."""
        ratio = y[0].places / max(1, x[0].places)
        k = g[0].k * ratio**2
        k[:, 0] = k[:, 0] if ratio <= 1 else (k[:, 0] / ratio + k[:, 1] * (1 - 1 / ratio))
        return [Grad(k)] + [None] * (len(x) - 1)
