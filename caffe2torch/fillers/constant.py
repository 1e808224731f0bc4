"""constant: the same value everywhere; Caffe's default filler, with value 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.fillers.base import Filler, Spread

if TYPE_CHECKING:
    import torch


class Constant(Filler):
    """w = value.  Source: Caffe include/caffe/filler.hpp, ConstantFiller."""

    type = "constant"

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        blob.fill_(filler.value)

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        return Spread(filler.value, 0.0, independent=False)
