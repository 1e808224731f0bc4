"""xavier: uniform in ±sqrt(3/n)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.fillers.base import Filler, Spread, scale_count

if TYPE_CHECKING:
    import torch


class Xavier(Filler):
    """Variance 1/n with n by variance_norm (FAN_IN by default; torch's xavier is AVERAGE).

    Source: Glorot and Bengio 2010; Caffe include/caffe/filler.hpp, XavierFiller.
    """

    type = "xavier"
    scales = True

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        limit = math.sqrt(3.0 / scale_count(filler, tuple(blob.shape)))
        blob.uniform_(-limit, limit, generator=generator)

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        return Spread(0.0, 1.0 / scale_count(filler, shape))
