"""What every filler offers, and the fans that several of them scale by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Spread:
    """Distribution of one weight: mean, variance, and whether weights are independent."""

    mean: float
    var: float
    independent: bool = True


class Filler:
    """Base of the fillers; stateless."""

    type: ClassVar[str] = ""
    scales: ClassVar[bool] = False
    """Whether the weights depend on the blob's axes, so that a single number cannot be filled."""

    def check(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> None:
        """Raise ShapeError if this filler refuses a blob of this shape or its parameters.

        All refuse an empty blob, and all but gaussian refuse `sparse`.
        """
        refuse_empty(shape)
        if self.scales:
            refuse_scalar(self.type, shape)
        if filler.sparse != -1:
            raise ShapeError(
                f'filler "{self.type}" does not support sparse: {filler.sparse}',
                field="sparse",
                hint='remove it, or use type: "gaussian"',
            )

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        """Write `blob` in place."""
        raise NotImplementedError

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        """Moments of the weights that `fill` writes. Torch-free."""
        raise NotImplementedError


def refuse_empty(shape: tuple[int, ...]) -> None:
    """Raise ShapeError for a blob without elements (each filler's CHECK of the count)."""
    if not math.prod(shape):
        raise ShapeError(
            f"a parameter blob of shape {shape} holds no weights",
            hint="give num_output and the input sizes of at least 1",
        )


def refuse_scalar(type_: str, shape: tuple[int, ...]) -> None:
    """Raise ShapeError for a blob without axes, which has no first dimension to scale by."""
    if not shape:
        raise ShapeError(
            f'filler "{type_}" needs a blob with at least one axis, not a single number',
            field="type",
            hint='use type: "constant"',
        )


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """(fan_in, fan_out) = (count / shape[0], count / shape[1]), as Caffe's XavierFiller.

    Source: Caffe include/caffe/filler.hpp, XavierFiller::Fill; a 1-D blob has fan_out = count.
    """
    count = math.prod(shape)
    fan_in = count // shape[0] if shape and shape[0] else 0
    fan_out = count // shape[1] if len(shape) > 1 and shape[1] else count
    return float(fan_in), float(fan_out)


def scale_count(filler: pb.FillerParameter, shape: tuple[int, ...]) -> float:
    """The n in a variance of 1/n or 2/n that variance_norm asks for."""
    fan_in, fan_out = fans(shape)
    if filler.variance_norm == pb.FillerParameter.AVERAGE:
        return (fan_in + fan_out) / 2
    return fan_out if filler.variance_norm == pb.FillerParameter.FAN_OUT else fan_in
