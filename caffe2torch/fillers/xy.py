"""xy: each pixel's column and row, for nets that filter by place (segaware)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.fillers.base import Filler, Spread

if TYPE_CHECKING:
    import torch


class XY(Filler):
    """Channel 0 holds x, channel 1 y, from 0 on.

    Source: Harley et al., Segmentation-aware convolutional networks (2017); segaware caffe
    include/caffe/filler.hpp, XYFiller.
    """

    type = "xy"

    def check(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> None:
        super().check(filler, shape)
        if len(shape) != 4 or shape[1] != 2:
            raise ShapeError(
                f"the xy filler fills (N, 2, H, W), not {shape}",
                field="type",
                hint="give the blob two channels",
            )

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        import torch

        h, w = blob.shape[2:]
        y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        blob.copy_(torch.stack((x, y)).to(blob).expand_as(blob))

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        h, w = shape[2:]
        mean = ((w - 1) + (h - 1)) / 4
        square = sum((n - 1) * (2 * n - 1) / 6 for n in (w, h)) / 2
        return Spread(mean, square - mean**2, independent=False)
