"""The banks of Gabor kernels of Intel's fork, for the first layers of four nets.

Each bank is a list of groups: (first kernel, what its kernels are, by number i and size k).
Source: Intel Caffe include/caffe/gabor.hpp.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from math import pi

Colours = tuple[float, float, float]


@dataclass(frozen=True)
class Kernel:
    """height · exp(-(x² + y²) / 2 width²) · cos(waves · arg + phase), times a factor a colour;
    arg is the place along the direction `angle`; x and y go from -1 to 1.
    """

    height: float = 1
    width: float = 0.6
    waves: float = pi
    phase: float = 0
    angle: float = 0
    colours: Colours = (1, 1, 1)


Bank = list[tuple[int, Callable[[int, float], Kernel]]]
QUARTER = pi / 2


def _blob(height: float, width: float, phase: int) -> Kernel:
    return Kernel(height, width, pi / 4, phase * pi, 0, (0.25, -1, 1))


def _edge(h: float, w: float, waves: float, angle: float, colours: Colours = (1, 1, 1)) -> Kernel:
    return Kernel(h, w, waves, QUARTER, angle, colours)


def _wave(i: int, w: float, height: float, width: float, turn: float) -> Kernel:
    at = i % 8
    phase = i % 2 * pi + pi * 12 / 32
    return Kernel(height / (1 + at / 8), width, w / (1 + at / 2), phase, i // 8 * turn)


def _cifar(angle: float, colours: Colours) -> Callable[[int, float], Kernel]:
    return lambda i, w: _edge(0.5, 0.6, w / 4, i % 4 * QUARTER + angle, colours)


# w is pi · (k - 1) / 2, the waves that a kernel of size k can hold.
CIFAR: Bank = [
    (0, lambda i, w: Kernel(0.5, waves=w, angle=i % 8 * pi / 8)),
    (8, lambda i, w: Kernel(0.5, waves=w / 2, angle=(i - 2) % 6 * pi / 6 + pi / 12)),
    (14, lambda i, w: Kernel(0.5, 0.75, w / 8, i % 2 * pi, 0, (1, -1, 1))),
    (16, _cifar(pi * 3 / 8, (1, 1, 1))),
    (20, _cifar(pi * 3 / 8, (1, 0, -1))),
    (24, _cifar(pi * 3 / 8, (-1, 1, 1))),
    (28, lambda i, w: _edge(0.5, 0.6, w / 4, i % 2 * QUARTER + pi / 8, (-1, 1, -1))),
    (30, lambda i, w: _edge(0.5, 0.6, w / 4, i % 2 * QUARTER + pi * 3 / 8, (1, 1, 0))),
]
GOOGLENET: Bank = [
    (0, lambda i, w: _wave(i, w, 1, 0.4 + 0.2 * (i % 8) / 8, pi / 4)),
    (32, lambda i, w: Kernel(0.5, 0.45, w, pi, i % 8 * pi / 8)),
    (40, lambda i, w: _blob(
        1 / (1 + (i - 1) % 3 / 2), 1 / (2.5 - (i - 1) % 3 / 2), (i - 1) // 3)),
    (46, lambda i, w: _edge(2 / 3, 1, w / 12, i % 8 * pi + pi / 8, (1, 0.1, -0.5))),
    (48, lambda i, w: _edge(2 / 3, 1, w / 12, i % 8 * pi / 4 + pi / 32, (-0.5, 0.1, 1))),
    (56, lambda i, w: _edge(1, 1, w / 12, i % 8 * QUARTER + pi / 8, (0.25, -1, 1))),
    (60, lambda i, w: _edge(2 / 3, 1, w / 12, i % 8 * QUARTER + pi / 8, (-1, -1, 1))),
]  # fmt: skip
ALEXNET: Bank = [
    (0, lambda i, w: _wave(i, w, 1 / 3, 0.5 + 0.2 * (i % 8) / 8, pi / 6)),
    (48, lambda i, w: _blob(1 / 3 / (1 + i % 4 / 2), 1 / (2.5 - i % 4 / 2), i // 4)),
    (56, lambda i, w: _edge(1 / 4.5, 0.75, w / 8, i % 4 * QUARTER + pi / 8, (-1, 1, -0.5))),
    (60, lambda i, w: _edge(1 / 9, 2, w / 8, i % 4 * QUARTER + pi / 8, (1, -0.5, -0.75))),
    (64, lambda i, w: _edge(1 / 4.5, 0.75, w / 4, i % 8 * pi / 4 + pi / 32, (1, 0.1, -0.75))),
    (72, lambda i, w: _edge(1 / 4.5, 1, w / 12, i % 8 * pi / 4 + pi / 32, (-0.5, 0.1, 1))),
    (80, lambda i, w: _edge(1 / 7.5, 1, w / 8, i % 8 * pi / 4 + pi / 32, (-1, -1, 1))),
    (88, lambda i, w: _edge(1 / 3, 0.6, w / 16, i % 4 * QUARTER + pi / 16)),
    (92, lambda i, w: _edge(1 / 12, 0.75, w / 4, i % 8 * pi / 4 + pi / 32, (-1, -1, 1))),
]
BANKS = {(32, 5): CIFAR, (64, 7): GOOGLENET, (64, 3): GOOGLENET, (96, 11): ALEXNET}


def kernel(number: int, kernels: int, size: int) -> Kernel:
    """Kernel `number` of a layer of so many kernels of that size; KeyError if it has no bank."""
    bank = BANKS[kernels, size]
    group = bank[bisect_right([first for first, _ in bank], number) - 1][1]
    wave = group(number, pi * (size - 1) / 2)
    if (kernels, size) == (64, 3):  # VGG's are GoogLeNet's, of one width
        return Kernel(wave.height, 1, wave.waves, wave.phase, wave.angle, wave.colours)
    return wave
