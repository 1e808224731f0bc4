"""What LSTM and RNN share: bottoms, tops and their checks.

Source: Caffe src/caffe/layers/recurrent_layer.cpp.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Count, DiffMemory, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, torch


class Recurrent(Layer):
    """A layer that steps over time: x (T, N, ...), cont (T, N), [static (N, ...)], [states].

    `states` is how many state blobs it carries from step to step; with expose_hidden they are
    bottoms (first values) and tops (last values) of shape (1, N, num_output).
    """

    bottoms, tops = (2, None), (1, None)
    no_gradient = {1: "cannot pass a gradient to the sequence indicators (second bottom)"}
    fills_all_gradients = True
    param_field = "recurrent_param"
    states: ClassVar[int] = 1
    module: ClassVar[type]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom != 1

    def diff_memory(self, x: Site) -> DiffMemory:
        return DiffMemory.LENT  # the tops' gradients are those of the unrolled net

    def unasked(self, x: Site) -> tuple[int, ...]:
        return (0, 2) if self.static_size(x) else (0,)

    def takes_late(self, x: Site) -> tuple[tuple[int, ...], tuple[int, ...]]:
        one_step = (0,) if x.bottoms[0][0] == 1 and not self.exposed(x) else ()
        return self.unasked(x), one_step  # the top of a single step is the state's memory

    def exposed(self, x: Site) -> int:
        """How many states are bottoms and tops."""
        return self.states if x.param.recurrent_param.expose_hidden else 0

    def static_size(self, x: Site) -> int:
        """Size of one stream's static input, 0 without one."""
        given = len(x.bottoms) > 2 + self.exposed(x)
        return math.prod(x.bottoms[2][1:]) if given else 0

    def counts(self, x: Site) -> tuple[Count, Count]:
        exposed = self.exposed(x)
        return (2 + exposed, 3 + exposed), 1 + exposed

    def shapes(self, x: Site) -> list[Shape]:
        steps, n, *_ = self._check_sequence(x)
        num_output = x.param.recurrent_param.num_output
        if not num_output:
            raise ShapeError(
                "num_output is 0 or missing",
                field="recurrent_param.num_output",
                hint="write the size of the hidden state",
            )
        exposed, state = self.exposed(x), (1, n, num_output)
        for shape in x.bottoms[len(x.bottoms) - exposed :]:
            if shape != state:
                raise ShapeError(
                    f"a first state of shape {shape} should be {state}",
                    field="bottom",
                    hint="expose_hidden takes (1, N, num_output) for each state",
                )
        return [(steps, n, num_output), *[state] * exposed]

    def _check_sequence(self, x: Site) -> Shape:
        first, cont = x.bottoms[:2]
        if len(first) < 3:
            raise ShapeError(
                f"takes a bottom of at least 3 axes (time steps, streams, inputs), not {first}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        if cont != first[:2]:
            raise ShapeError(
                f"the sequence indicators have shape {cont}, not {first[:2]}",
                field="bottom",
                hint="the second bottom is (time steps, streams)",
            )
        if len(x.bottoms) > 2 + self.exposed(x):
            static = x.bottoms[2]
            if len(static) < 2 or static[0] != first[1]:
                raise ShapeError(
                    f"the static input has shape {static} for {first[1]} streams",
                    field="bottom",
                    hint="the third bottom is (streams, inputs)",
                )
        return first

    def weights(self, x: Site) -> dict[str, Shape]:
        """Blob shapes in caffemodel order."""
        raise NotImplementedError

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.recurrent_param
        blobs = {}
        for key, shape in self.weights(x).items():
            name = "bias_filler" if key.startswith("b_") else "weight_filler"
            blobs[key] = filled(shape, getattr(param, name), f"recurrent_param.{name}")
        return blobs

    def code(self, x: Site) -> Code:
        items = [str(math.prod(x.bottoms[0][2:])), str(x.param.recurrent_param.num_output)]
        if self.static_size(x):
            items.append(f"static_size={self.static_size(x)}")
        if self.exposed(x):
            items.append("expose_hidden=True")
        return Code(f"{self.module.__name__}({', '.join(items)})")

    def steps(self, x: Site) -> int:
        return x.bottoms[0][0]

    def cost(self, x: Site, tops: list[Shape]) -> int:
        steps = math.prod(x.bottoms[0][:2])
        sizes = [math.prod(shape) for key, shape in self.weights(x).items() if len(shape) > 1]
        return steps * sum(sizes)


class CaffeLateLinear(torch.autograd.Function):
    """x · weightᵀ (+ bias); the weight's gradient is taken from what x's memory holds by then."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, later: Any
    ) -> torch.Tensor:
        """Give F.linear of x (..., I); `later` is a list with one tensor, once backward runs."""
        ctx.save_for_backward(weight)
        ctx.later, ctx.biased = later, bias is not None
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:
        """Give the gradients of x, weight and bias."""
        (weight,) = ctx.saved_tensors
        rows = gradient.flatten(0, -2)
        now = ctx.later[0].reshape(len(rows), -1)
        return gradient @ weight, rows.t() @ now, rows.sum(0) if ctx.biased else None, None


class CaffeLateTanh(torch.autograd.Function):
    """tanh, whose gradient is taken from what its output's memory holds by then."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, later: Any) -> torch.Tensor:
        """Give the tanh; `later` is a list with one tensor, once backward runs."""
        ctx.later = later
        return torch.tanh(x)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Give the gradient of x."""
        return gradient * (1 - ctx.later[0].reshape(gradient.shape).square()), None


def late_linear(x: torch.Tensor, weight: torch.Tensor, bias: Any, later: Any) -> torch.Tensor:
    """F.linear; where `later` is a list, the weight's gradient is that of what it will hold."""
    if later is None:
        return F.linear(x, weight, bias)
    return CaffeLateLinear.apply(x, weight, bias, later)
