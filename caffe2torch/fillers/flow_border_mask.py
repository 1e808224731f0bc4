"""flowBorderMask: ones, and zeros where a difference of flow would leave the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.fillers.base import Filler, Spread

if TYPE_CHECKING:
    import torch


class FlowBorderMask(Filler):
    """1, but 0 in the last column of channel 0 and in the last row of channel 1.

    Source: Zhu et al., Hidden Two-Stream Convolutional Networks (2018); its caffe
    include/caffe/filler.hpp, FlowBorderMaskFiller.
    """

    type = "flowBorderMask"

    def check(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> None:
        super().check(filler, shape)
        if len(shape) != 4 or shape[1] != 2:
            raise ShapeError(
                f"the flowBorderMask filler fills (N, 2, H, W), not {shape}",
                field="type",
                hint="give the blob two channels",
            )

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        blob.fill_(1)
        blob[:, 0, :, -1] = 0
        blob[:, 1, -1] = 0

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        mean = 1 - (1 / shape[3] + 1 / shape[2]) / 2
        return Spread(mean, mean * (1 - mean), independent=False)
