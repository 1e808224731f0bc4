"""Distances at which a covariance is known, and sums over all pairs of places of a map.

Distances are in pixels of the net's input, so that a strided layer does not change them: its
places only lie further apart (`pitch`). Index 0 is the same place; it stands apart, because
dropout and max pooling's gradient change a unit's own moment and not its covariance with others.
"""

from __future__ import annotations

from functools import cache
from math import prod

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RADII: Array = np.array(
    [0, 1, 1.5, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 181, 256, 512], np.float64
)
N = len(RADII)
_LOG = np.log(RADII[1:])
_MOST = 48
"""Places a side that pairs are counted over exactly; larger maps are counted on a coarser grid."""


def weights_at(distance: Array) -> Array:
    """Rows that interpolate a covariance at `distance` (any shape): (..., N), each summing to 1.

    Linear in log distance; exactly 0 is the same place, anything nearer than 1 counts as 1.
    """
    out = np.zeros((*distance.shape, N))
    flat = out.reshape(-1, N)
    d = distance.ravel()
    x = np.log(np.maximum(d, RADII[1]))
    hi = np.clip(np.searchsorted(_LOG, x), 1, N - 2)
    lo = hi - 1
    t = np.clip((x - _LOG[lo]) / (_LOG[hi] - _LOG[lo]), 0, 1)
    rows = np.arange(d.size)
    flat[rows, lo + 1] = 1 - t
    flat[rows, hi + 1] += t
    flat[d == 0] = 0
    flat[d == 0, 0] = 1
    return out


@cache
def pairs(sizes: tuple[int, ...], pitch: float) -> Array:
    """(N,) weights: weights @ k is the sum of k over all ordered pairs of places of a map."""
    if prod(sizes) <= 1:
        alone: Array = np.eye(N)[0]
        return alone
    counts, distances = np.ones(1), np.zeros(1)
    for size in sizes:
        n = min(size, _MOST)
        lags = np.arange(-(n - 1), n)
        # on a coarser grid every place stands for size / n of them
        many = (n - np.abs(lags)) * (size / n) ** 2
        step = size / n
        counts = np.multiply.outer(counts, many).ravel()
        distances = np.add.outer(distances, (lags * step) ** 2).ravel()
    row: Array = counts @ weights_at(np.sqrt(distances) * pitch)
    # a cell of a coarse grid holds pairs of neighbours besides each place with itself
    step = max(size / min(size, _MOST) for size in sizes)
    row += max(row[0] - prod(sizes), 0) * weights_at(np.array(step * pitch / 2))
    row[0] = prod(sizes)
    total = float(prod(sizes)) ** 2
    row[1:] *= (total - row[0]) / row[1:].sum()
    return row


def average(k: Array, sizes: tuple[int, ...], pitch: float) -> Array:
    """Mean of a covariance over all pairs of places; k is (..., N)."""
    mean: Array = k @ pairs(sizes, pitch) / float(prod(sizes)) ** 2
    return mean


@cache
def window(kernel: tuple[int, ...], pitch: float) -> Array:
    """(N, N) matrix: the covariance of two windows' averages, from that of single places."""
    matrix = np.zeros((N, N))
    total = float(prod(kernel)) ** 2
    for index, radius in enumerate(RADII):
        distances, counts = np.zeros(1), np.ones(1)
        for axis, k in enumerate(kernel):
            lags = np.arange(-(k - 1), k)
            shift = radius if axis == 0 else 0.0
            distances = np.add.outer(distances, (lags * pitch + shift) ** 2).ravel()
            counts = np.multiply.outer(counts, k - np.abs(lags)).ravel()
        matrix[index] = counts @ weights_at(np.sqrt(distances)) / total
    return matrix


@cache
def spread(axes: tuple[tuple[int, int, int, int, int], ...], pitch: float) -> Array:
    """(N, N) matrix: covariance of the gradient below sums over windows, from that above.

    Two places get the gradients of all windows that hold them; `axes` has for each axis the size
    below, the size above, kernel, stride and pad.
    """
    matrix = np.zeros((N, N))
    for index, radius in enumerate(RADII):
        distances, counts = np.zeros(1), np.ones(1)
        for axis, (size, out, kernel, stride, pad) in enumerate(axes):
            lag = min(round(radius / pitch), size - 1) if axis == 0 else 0
            shifts, many = _holding(size, out, kernel, stride, pad, lag)
            distances = np.add.outer(distances, (shifts * stride * pitch) ** 2).ravel()
            counts = np.multiply.outer(counts, many).ravel()
        matrix[index] = counts @ weights_at(np.sqrt(distances))
    return matrix


@cache
def _holding(
    size: int, out: int, kernel: int, stride: int, pad: int, lag: int
) -> tuple[Array, Array]:
    """Pairs of windows that hold a place and the one `lag` further: by how far they are apart.

    Returns the shifts (in strides) and how many pairs there are, averaged over the places.
    """
    start = np.arange(out) * stride - pad
    place = np.arange(size)[:, None]
    holds = ((place >= start) & (place < start + kernel)).astype(np.float64)
    pairs_ = holds[: size - lag].T @ holds[lag:] / (size - lag)
    shifts = np.arange(-(out - 1), out)
    many = np.array([np.trace(pairs_, offset=int(j)) for j in shifts])
    kept = many > 0
    return shifts[kept].astype(np.float64), many[kept]
