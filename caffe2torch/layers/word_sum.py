"""WordSum: weighted sums over the words of a sentence (Ask, Attend and Answer)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch


class WordSum(Layer):
    """W · x for each item: num_output sums of its rows; plus one bias for each number of the top.

    Shape:    x (N, M, D, ...1) -> (N, num_output, D, ...1)
    Params:   num_output; bias_term [true]; weight_filler; bias_filler
    Weights:  weight (num_output, M); bias (num_output · D)
    Differs:  nothing
    Raises:   ShapeError without num_output, for fewer than 3 axes or later ones that are not 1
    Source:   Xu and Saenko, Ask, Attend and Answer (2016); its
              caffe/src/caffe/layers/word_sum_layer.cpp
    """

    type = "WordSum"
    origin = "Ask_Attend_and_Answer"
    roles = frozenset({Role.WEIGHTS})
    param_field = "word_sum_param"
    examples = (
        Example('word_sum_param { num_output: 2 weight_filler { type: "xavier" } }', [(3, 4, 5)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        shape, outputs = x.shape(0, 3), x.param.word_sum_param.num_output
        if not outputs:
            raise ShapeError("num_output is 0 or missing", field="word_sum_param.num_output")
        if any(size != 1 for size in shape[3:]):
            raise ShapeError(f"{shape} has more than 3 axes that count", field="bottom")
        return [(shape[0], outputs, *shape[2:])]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, shape = x.param.word_sum_param, x.bottoms[0]
        weight = (param.num_output, shape[1])
        blobs = {"weight": filled(weight, param.weight_filler, "word_sum_param.weight_filler")}
        if param.bias_term:
            bias = (param.num_output * shape[2],)
            blobs["bias"] = filled(bias, param.bias_filler, "word_sum_param.bias_filler")
        return blobs

    def code(self, x: Site) -> Code:
        param, shape = x.param.word_sum_param, x.bottoms[0]
        return Code(
            f"CaffeWordSum({shape[1]}, {param.num_output}, {shape[2]}, bias={param.bias_term})"
        )


class CaffeWordSum(nn.Module):
    """Sums of rows (N, M, D) with learned weights, and a bias for each number."""

    def __init__(self, rows: int, outputs: int, size: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, rows))
        self.bias = nn.Parameter(torch.zeros(outputs * size)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.weight @ x.flatten(2)
        if self.bias is not None:
            y = y + self.bias.view(y.shape[1:])
        return y.reshape(len(x), -1, *x.shape[2:])
