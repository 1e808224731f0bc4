"""ContinuationIndicator: 0 for the first step of each sequence, then 1 (CRNN)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import nn, torch


class ContinuationIndicator(Layer):
    """The `cont` bottom of a recurrent layer whose batches hold whole sequences.

    Shape:    [x, any] -> (time_step, n): n is the size of x along axis, or batch_size
    Params:   time_step [0], > 0; axis [0] of x; batch_size [0], where there is no bottom
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if time_step or the number of sequences is not positive
    Source:   DeepDetect's caffe continuation_indicator_layer.cpp; the CRNN forks' of that name
    """

    type = "ContinuationIndicator"
    origin = "deepdetect"
    bottoms = (0, 1)
    param_field = "continuation_indicator_param"
    examples = (
        Example("continuation_indicator_param { time_step: 4 axis: 1 }", bottoms=[(5, 3, 2)]),
        Example("continuation_indicator_param { time_step: 2 batch_size: 3 }"),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.continuation_indicator_param
        if x.bottoms:
            n = x.bottoms[0][x.axis(param.axis, "continuation_indicator_param.axis")]
        else:
            n = param.batch_size
        for field, value in (("time_step", param.time_step), ("batch_size", n)):
            if value <= 0:
                raise ShapeError(
                    f"{field} is {value}",
                    field=f"continuation_indicator_param.{field}",
                    hint="set it to a positive number",
                )
        return [(param.time_step, n)]

    def top_needs(self, needs: list[bool], x: Site, learns: bool) -> list[bool]:
        return [False]  # it holds no value of the bottom; recurrent layers refuse one that needs

    def code(self, x: Site) -> Code:
        param = x.param.continuation_indicator_param
        if x.bottoms:
            return op(continuation, time_step=param.time_step, axis=param.axis)
        init = f"CaffeContinuation({param.time_step}, {param.batch_size})"
        return Code(init, "{self}()")


def continuation(x: torch.Tensor, time_step: int, axis: int) -> torch.Tensor:
    """(time_step, size of x along axis): a row of zeros, then ones."""
    top = x.new_ones((time_step, x.shape[axis]))
    top[0] = 0
    return top


class CaffeContinuation(nn.Module):
    """(time_step, n): a row of zeros, then ones, on the device that the net is moved to."""

    rows: torch.Tensor

    def __init__(self, time_step: int, n: int) -> None:
        super().__init__()
        rows = torch.ones(time_step, n, device="cpu")
        rows[:1] = 0
        self.register_buffer("rows", rows, persistent=False)

    def forward(self) -> torch.Tensor:
        """Give the indicators, (time_step, n)."""
        return self.rows.clone()
