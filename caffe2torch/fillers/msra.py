"""msra: normal with variance 2/n, made for layers that ReLU follows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.fillers.base import Filler, Spread, scale_count

if TYPE_CHECKING:
    import torch


class MSRA(Filler):
    """w ~ N(0, 2/n) with n by variance_norm (FAN_IN by default).

    Source: He, Zhang, Ren and Sun 2015; Caffe include/caffe/filler.hpp, MSRAFiller.
    """

    type = "msra"
    scales = True

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        std = math.sqrt(2.0 / scale_count(filler, tuple(blob.shape)))
        blob.normal_(0.0, std, generator=generator)

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        return Spread(0.0, 2.0 / scale_count(filler, shape))
