"""bilinear: the interpolation kernel, for a Deconvolution that upsamples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.fillers.base import Filler, Spread

if TYPE_CHECKING:
    import torch


class Bilinear(Filler):
    """w(y, x) = (1 − |x/f − c|)(1 − |y/f − c|), f = ceil(k/2), c = (k − 1)/(2f), for every slice.

    Source: Caffe include/caffe/filler.hpp, BilinearFiller.
    """

    type = "bilinear"

    def check(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> None:
        super().check(filler, shape)
        if len(shape) != 4 or shape[2] != shape[3]:
            raise ShapeError(
                f"the bilinear filler needs 4 axes and a square kernel, not {shape}",
                field="type",
                hint="use it for 2-D convolutions with one kernel_size",
            )

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        import torch

        factor, center = _fold(blob.shape[3])
        line = 1 - (torch.arange(blob.shape[3], dtype=blob.dtype) / factor - center).abs()
        blob.copy_((line[:, None] * line).expand_as(blob))

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        line = _line(shape[3])
        mean = sum(line) / len(line)
        square = sum(value * value for value in line) / len(line)
        return Spread(mean**2, square**2 - mean**4, independent=False)


def _fold(size: int) -> tuple[int, float]:
    """f and c for a kernel of `size`."""
    factor = math.ceil(size / 2)
    return factor, (size - 1) / (2 * factor)


def _line(size: int) -> list[float]:
    """The kernel along one axis; the kernel is its outer product with itself."""
    factor, center = _fold(size)
    return [1 - abs(x / factor - center) for x in range(size)]
