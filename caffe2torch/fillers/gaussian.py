"""gaussian: normal with mean 0 and std 1 by default, optionally with most weights zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.fillers.base import Filler, Spread, refuse_empty, refuse_scalar

if TYPE_CHECKING:
    import torch


class Gaussian(Filler):
    """w ~ N(mean, std²); with sparse s, each weight is kept with probability s / shape[0].

    Source: Caffe include/caffe/filler.hpp, GaussianFiller.
    """

    type = "gaussian"

    def check(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> None:
        refuse_empty(shape)
        if not filler.std > 0:
            raise ShapeError(
                f"gaussian filler has std {filler.std:g}; it must be positive",
                field="std",
                hint='for equal weights use type: "constant" and value',
            )
        if filler.sparse == -1:
            return
        refuse_scalar(self.type, shape)
        if not 0 <= filler.sparse <= shape[0]:
            raise ShapeError(
                f"gaussian filler has sparse {filler.sparse} for {shape[0]} outputs",
                field="sparse",
                hint=f"use 0 to {shape[0]}, or -1 for a dense fill",
            )

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        blob.normal_(filler.mean, filler.std, generator=generator)
        if filler.sparse >= 0:
            kept = blob.new_empty(blob.shape).bernoulli_(_kept(filler, blob), generator=generator)
            blob.mul_(kept)

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        if filler.sparse < 0:
            return Spread(filler.mean, filler.std**2)
        kept = filler.sparse / shape[0]
        square = kept * (filler.std**2 + filler.mean**2)
        return Spread(kept * filler.mean, square - (kept * filler.mean) ** 2)


def _kept(filler: pb.FillerParameter, blob: torch.Tensor) -> float:
    return filler.sparse / blob.shape[0]
