"""How a second moment is spread over a map: one line of factors (mean 1) an axis.

Zero padding feeds less into the borders, layer after layer, so that the middle of a map holds
more than its share, in activations as in gradients. Multiplying averages would lose too much:
what reaches a padded convolution is mostly its middle, where no tap is missing.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from caffe2torch.moments.lags import Array

Profile = tuple[Array, ...]
Taps = tuple[int, int, int, int]
"""Kernel, stride, pad and dilation of one axis."""


def flat(sizes: tuple[int, ...]) -> Profile:
    """The same everywhere."""
    return tuple(np.ones(size) for size in sizes)


def fitting(profile: Profile, sizes: tuple[int, ...]) -> Profile:
    """The profile if it is one of a map of these sizes, else a flat one."""
    return profile if tuple(map(len, profile)) == tuple(sizes) else flat(sizes)


@lru_cache(16)  # of 33 MB at most
def taps_of(size: int, out: int, kernel: int, stride: int, pad: int, dilation: int) -> Array:
    """(out, size): how many taps of each window read each place."""
    matrix = np.zeros((out, size))
    at = np.arange(out)[:, None] * stride - pad + np.arange(kernel) * dilation
    rows, columns = np.nonzero((at >= 0) & (at < size))
    np.add.at(matrix, (rows, at[rows, columns]), 1.0)
    return matrix


def forward(
    profile: Profile, out: tuple[int, ...], taps: tuple[Taps, ...]
) -> tuple[float, Profile]:
    """Share of all taps' moment that arrives (1 without padding), and the profile above."""
    share, lines = 1.0, []
    for line, n, (kernel, stride, pad, dilation) in zip(profile, out, taps, strict=True):
        sums = taps_of(len(line), n, kernel, stride, pad, dilation) @ line / kernel
        share, normal = share * float(sums.mean()), _normal(sums)
        lines.append(normal)
    return share, tuple(lines)


def backward(
    profile: Profile, sizes: tuple[int, ...], taps: tuple[Taps, ...]
) -> tuple[float, Profile]:
    """Share of all taps' gradient that goes somewhere, and the profile below."""
    share, lines = 1.0, []
    for line, size, (kernel, stride, pad, dilation) in zip(profile, sizes, taps, strict=True):
        sums = line @ taps_of(size, len(line), kernel, stride, pad, dilation)
        share, normal = share * float(sums.sum() / (kernel * len(line))), _normal(sums)
        lines.append(normal)
    return share, tuple(lines)


def together(below: Profile, above: Profile, taps: tuple[Taps, ...]) -> float:
    """Mean over outputs of what their taps read times what their gradient is."""
    product = 1.0
    for line, top, (kernel, stride, pad, dilation) in zip(below, above, taps, strict=True):
        sums = taps_of(len(line), len(top), kernel, stride, pad, dilation) @ line / kernel
        product *= float((sums * top).mean())
    return product


def mixed(profiles: list[Profile], shares: list[float]) -> Profile:
    """The profile of a sum or concatenation, by the shares of the parts."""
    total = sum(shares)
    if total <= 0:
        return profiles[0]
    axes = zip(*profiles, strict=True)
    return tuple(
        _normal(sum((s * line for s, line in zip(shares, lines, strict=True)), 0 * lines[0]))
        for lines in axes
    )


def _normal(line: Array) -> Array:
    mean = float(line.mean()) if line.size else 0.0
    out: Array = line / mean if mean > 0 else np.ones(len(line))
    return out
