"""positive_unitball: positive weights that sum to 1 for each output."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.fillers.base import Filler, Spread

if TYPE_CHECKING:
    import torch


class PositiveUnitball(Filler):
    """w = u / Σu over each slice of the first axis, u ~ U(0, 1).

    Source: Caffe include/caffe/filler.hpp, PositiveUnitballFiller.
    """

    type = "positive_unitball"
    scales = True

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        rows = blob.uniform_(0, 1, generator=generator).view(blob.shape[0], -1)
        rows.div_(rows.sum(1, keepdim=True))

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        # To first order var(u/Σu) = var(u)/(n·mean(u))² · (1 − 1/n); for U(0, 1) that is 1/(3n²).
        n = math.prod(shape[1:])
        return Spread(1 / n, (1 - 1 / n) / (3 * n * n), independent=False)
