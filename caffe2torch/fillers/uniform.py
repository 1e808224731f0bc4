"""uniform: equally likely between min and max, by default 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.fillers.base import Filler, Spread

if TYPE_CHECKING:
    import torch


LARGEST = 3.4028234e38
"""Of a float32."""


class Uniform(Filler):
    """w ~ U(min, max).  Source: Caffe include/caffe/filler.hpp, UniformFiller."""

    type = "uniform"

    def check(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> None:
        super().check(filler, shape)
        if filler.min > filler.max:
            raise ShapeError(
                f"uniform filler has min {filler.min:g} above max {filler.max:g}",
                field="min",
                hint="swap them; max is 1 unless it is written",
            )

        width = filler.max - filler.min
        if not abs(width) < LARGEST:  # NaN, too
            raise ShapeError(
                f"uniform filler from {filler.min:g} to {filler.max:g} has no finite width",
                field="max",
                hint="write finite numbers; weights are small",
            )

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        blob.uniform_(filler.min, filler.max, generator=generator)

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        return Spread((filler.min + filler.max) / 2, (filler.max - filler.min) ** 2 / 12)
