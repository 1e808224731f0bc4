"""gabor: edges and colour blobs of all directions, for the first layer of a net (Intel)."""

from __future__ import annotations

from functools import cache
from math import cos, exp, sin
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.fillers._gabor_banks import BANKS, kernel
from caffe2torch.fillers.base import Filler, Spread

if TYPE_CHECKING:
    import torch


class Gabor(Filler):
    """Gabor kernels, fixed ones for each of four sizes of layer; no other field has an effect.

    Source: Intel Caffe include/caffe/filler.hpp, GaborFiller, and include/caffe/gabor.hpp.
    """

    type = "gabor"

    def check(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> None:
        super().check(filler, shape)
        sizes = [(n, 3, k, k) for n, k in BANKS]
        if shape not in sizes:
            raise ShapeError(
                f"the gabor filler has no kernels for weights of shape {shape}",
                field="type",
                hint="it fills " + ", ".join(map(str, sizes)),
            )

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        import torch

        n, _, size, _ = blob.shape
        blob.copy_(torch.tensor(_bank(n, size), dtype=torch.float64).reshape(blob.shape))

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        values = _bank(shape[0], shape[2])
        mean = sum(values) / len(values)
        var = sum(value * value for value in values) / len(values) - mean**2
        return Spread(mean, var, independent=False)


@cache
def _bank(kernels: int, size: int) -> tuple[float, ...]:
    """All weights in the order of the blob (kernels, 3, size, size)."""
    places = [2 * i / (size - 1) - 1 for i in range(size)]
    values = []
    for number in range(kernels):
        k = kernel(number, kernels, size)
        plane = [
            k.height
            * exp(-(x * x + y * y) / (2 * k.width**2))
            * cos((x * cos(k.angle) - y * sin(k.angle)) * k.waves + k.phase)
            for y in places
            for x in places
        ]
        values += [factor * value for factor in k.colours for value in plane]
    return tuple(values)
