"""LSTM: long short-term memory over a batch of sequences; and Lstm, another one of text forks."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers._lstm_clipped import CaffeLstm
from caffe2torch.layers._recurrent import Recurrent, late_linear
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, nn, torch
from caffe2torch.layers.lstm_unit import CaffeLSTMUnit


class LSTM(Recurrent):
    """An LSTM whose state goes on from batch to batch where cont is 1.

    cont (T, N) is 0 at the first step of a sequence and 1 inside it: it multiplies the state that
    comes from the step before.

    Shape:    x (T, N, I...), cont (T, N), [static (N, S...)] -> (T, N, num_output);
              with expose_hidden also h, c (1, N, num_output) as last bottoms and tops
    Params:   num_output [0]; weight_filler; bias_filler; expose_hidden [false]
    Weights:  W_xc (4·D, I); b_c (4·D); [W_xc_static (4·D, S)]; W_hc (4·D, D), D = num_output,
              gates in the order i, f, o, g
    Differs:  torch's nn.LSTM has gates i, f, g, o, two biases and no cont. No gradient
              goes to the first states or comes from the last ones, nor across batches. Where a
              later layer overwrites x in place, W_xc's gradient is that of what stands there then,
              and where T is 1 and one overwrites the top, the next batch starts from that, as in
              Caffe; but not where one overwrites cont or an exposed state
    Raises:   ShapeError if the shapes do not fit
    Source:   Hochreiter and Schmidhuber 1997; Caffe src/caffe/layers/lstm_layer.cpp
    """

    type = "LSTM"
    states = 2
    examples = (
        Example(
            "recurrent_param { num_output: 4 }",
            bottoms=[(3, 2, 5), (3, 2)],
            integer=(1,),
            classes=1,
        ),
        Example(
            "recurrent_param { num_output: 4 expose_hidden: true }",
            bottoms=[(3, 2, 5), (3, 2), (2, 6), (1, 2, 4), (1, 2, 4)],
            tops=3,
            integer=(1,),
            classes=2,
        ),
    )

    def weights(self, x: Site) -> dict[str, Shape]:
        d, static = x.param.recurrent_param.num_output, self.static_size(x)
        shapes = {"W_xc": (4 * d, math.prod(x.bottoms[0][2:])), "b_c": (4 * d,)}
        if static:
            shapes["W_xc_static"] = (4 * d, static)
        return {**shapes, "W_hc": (4 * d, d)}


class CaffeLSTM(nn.Module):
    """LSTM over (T, N, I) with sequence indicators (T, N); the state is kept between calls."""

    def __init__(
        self, input_size: int, num_output: int, static_size: int = 0, expose_hidden: bool = False
    ) -> None:
        super().__init__()
        self.W_xc = nn.Parameter(torch.empty(4 * num_output, input_size))
        self.b_c = nn.Parameter(torch.empty(4 * num_output))
        if static_size:
            self.W_xc_static = nn.Parameter(torch.empty(4 * num_output, static_size))
        self.W_hc = nn.Parameter(torch.empty(4 * num_output, num_output))
        self.num_output, self.static_size = num_output, static_size
        self.expose_hidden = expose_hidden
        self.states: Any = None
        self.overwritten: Any = None

    @property
    def state(self) -> Any:
        """h and c behind the last step, or what a later layer has written over h of one step."""
        if self.states is None or not self.overwritten:
            return self.states
        return self.overwritten[0].reshape(self.states[0].shape), self.states[1]

    @state.setter
    def state(self, states: Any) -> None:
        self.states, self.overwritten = states, None

    def forward(
        self, x: torch.Tensor, cont: torch.Tensor, *more: torch.Tensor, later: Any = None
    ) -> Any:
        later = later or [None] * (3 + len(more))
        lengths = (
            None
            if self.static_size or any(t is not None for t in later)
            else native_lengths(x, cont)
        )
        if lengths is not None:
            return self.run_natively(x.flatten(2), cont, lengths, more)
        gates = late_linear(x.flatten(2), self.W_xc, self.b_c, later[0])
        if self.static_size:
            gates = gates + late_linear(more[0].flatten(1), self.W_xc_static, None, later[2])
        h, c = self.first(gates, more)
        self.overwritten = later[2 + len(more)]
        outputs = []
        for gate, on in zip(gates, cont.detach().unsqueeze(-1), strict=True):
            c, h = CaffeLSTMUnit.apply(c, F.linear(h * on, self.W_hc) + gate, on)
            outputs.append(h)
        return self.leave(torch.stack(outputs), h, c)

    def run_natively(
        self, x: torch.Tensor, cont: torch.Tensor, lengths: list[int], more: Any
    ) -> Any:
        """Run stretches of steps in which all sequences go on, each by torch's own kernel."""
        h, c = self.first(x, more)
        self.overwritten = None
        bias = CaffeGateOrder.apply(self.b_c)
        weights = [CaffeGateOrder.apply(w) for w in (self.W_xc, self.W_hc)]
        weights += [bias, torch.zeros_like(bias)]
        outputs = []
        for part, begin in zip(x.split(lengths), cont.detach().split(lengths), strict=True):
            on = begin[:1, :, None]
            states = (h * on, c * on)
            y, h, c = torch.lstm(
                part, states, weights, True, 1, 0.0, torch.is_grad_enabled(), False, False
            )
            outputs.append(y)
        return self.leave(torch.cat(outputs), h[0], c[0])

    def leave(self, y: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> Any:
        """Keep the last states; give the tops."""
        self.states = h.detach(), c.detach()
        return (y, *(s.unsqueeze(0) for s in self.states)) if self.expose_hidden else y

    def first(self, gates: torch.Tensor, more: Any) -> Any:
        """The states before the first step: given, or left by the call before, or zero."""
        if self.expose_hidden:
            return more[-2][0].detach(), more[-1][0].detach()
        if self.state is not None and self.state[0].shape[0] == gates.shape[1]:
            return self.state[0].to(gates), self.state[1].to(gates)
        zeros = gates.new_zeros(gates.shape[1], self.num_output)
        return zeros, zeros


class CaffeGateOrder(torch.autograd.Function):
    """Rows of the gates i, f, o, g in torch's order i, f, g, o; the way back is the same."""

    @staticmethod
    def forward(ctx: Any, weight: torch.Tensor) -> torch.Tensor:
        """Exchange the last two quarters of the rows."""
        first, third, last = weight.split([len(weight) // 2] + [len(weight) // 4] * 2)
        return torch.cat((first, last, third))

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """Exchange them back."""
        first, third, last = gradient.split([len(gradient) // 2] + [len(gradient) // 4] * 2)
        return torch.cat((first, last, third))


def native_lengths(x: torch.Tensor, cont: torch.Tensor) -> list[int] | None:
    """Steps of each stretch that torch's own LSTM can run, or None where it does not pay.

    A stretch ends where a sequence begins. Other values of cont than 0 and 1 have gradients of
    their own in Caffe. Nothing is asked of a device or of a traced net.
    """
    traced = torch.compiler.is_compiling() or torch._C._get_tracing_state() is not None
    if traced or x.device.type != "cpu" or torch.is_autocast_enabled("cpu") or len(x) < 2:
        return None
    going = cont == 1
    if not (going | (cont == 0)).all():
        return None
    begins = (~going[1:]).any(1).nonzero()[:, 0].tolist()
    if 2 * len(begins) + 2 > len(x):
        return None
    ends = [step + 1 for step in begins] + [len(x)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


LSTM.module = CaffeLSTM


class Lstm(Layer):
    """An LSTM over T steps; another layer than Caffe's own, LSTM.

    Without cont every call begins new sequences; with it, 0 begins one and the state of the call
    before goes on.

    Shape:    x (T, N, I...)[, cont (T, N)] -> (T, N, num_output); junhyukoh's: x (T·N, I), cont
              (T·N, 1) -> (T·N, num_output)
    Params:   num_output; clipping_threshold [0]: bound of the gradient at the gates, 0 for none;
              weight_filler; bias_filler; batch_size [1]: N of an x of two axes
    Weights:  W_x (4·D, I); W_h (4·D, D); b (4·D,), D = num_output, gates in the order i, f, o, g
    Differs:  where cont is 0 inside a batch, W_h gets no gradient from the step before; the fork
              adds one that does not belong there. No gradient passes between calls
    Raises:   ShapeError if the shapes do not fit
    Source:   Hochreiter and Schmidhuber 1997; Tian et al., CTPN (2016), its caffe lstm_layer.cpp
    """

    type = "Lstm"
    origin = "CTPN"
    bottoms = (1, 2)
    no_gradient = {1: "cannot pass a gradient to the sequence indicators (second bottom)"}
    param_field = "lstm_param"
    examples = (
        Example("lstm_param { num_output: 3 }", bottoms=[(4, 2, 5)]),
        Example(
            "lstm_param { num_output: 3 }", bottoms=[(3, 2, 5), (3, 2)], integer=(1,), classes=1
        ),
        Example(
            "lstm_param { num_output: 3 batch_size: 2 }",
            bottoms=[(6, 5), (6, 1)],
            integer=(1,),
            classes=1,
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        shape, size = x.bottoms[0], x.param.lstm_param.num_output
        if not size:
            raise ShapeError("num_output is 0 or missing", field="lstm_param.num_output")
        if len(shape) == 2:
            return self._flat(x, size)
        if len(shape) < 3:
            raise ShapeError(
                f"takes (time steps, streams, inputs), not {shape}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        if len(x.bottoms) > 1 and math.prod(x.bottoms[1]) != math.prod(shape[:2]):
            raise ShapeError(
                f"the sequence indicators have shape {x.bottoms[1]}, not {shape[:2]}",
                field="bottom",
            )
        return [(*shape[:2], size)]

    def _flat(self, x: Site, size: int) -> list[Shape]:
        """The top of junhyukoh's LSTM, whose steps and streams are one axis."""
        steps, streams = x.bottoms[0][0], x.param.lstm_param.batch_size
        if streams < 1 or steps % streams or any(math.prod(b) != steps for b in x.bottoms[1:]):
            raise ShapeError(
                f"{steps} rows are no whole steps of batch_size {streams}, or the indicators "
                f"differ: {x.bottoms}",
                field="lstm_param.batch_size",
            )
        return [(steps, size)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        p, size = x.param.lstm_param, 4 * x.param.lstm_param.num_output
        weight, bias = "lstm_param.weight_filler", "lstm_param.bias_filler"
        return {
            "W_x": filled((size, _inputs(x)), p.weight_filler, weight),
            "W_h": filled((size, p.num_output), p.weight_filler, weight),
            "b": filled((size,), p.bias_filler, bias),
        }

    def code(self, x: Site) -> Code:
        p = x.param.lstm_param
        items = f"{_inputs(x)}, {p.num_output}, {p.clipping_threshold:g}"
        init = f"{CaffeLstm.__name__}({items})"
        if len(x.bottoms[0]) > 2:
            return Code(init)
        streams = f".unflatten(0, (-1, {p.batch_size}))"
        cont = f", {{1}}.flatten(){streams}" if len(x.bottoms) > 1 else ""
        return Code(init, f"{{self}}({{0}}{streams}{cont}).flatten(0, 1)")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        inputs, size = _inputs(x), tops[0][-1]
        return math.prod(tops[0]) * 4 * (inputs + size)


def _inputs(x: Site) -> int:
    """Numbers in one step of one stream."""
    shape = x.bottoms[0]
    return math.prod(shape[2:]) if len(shape) > 2 else shape[1]
