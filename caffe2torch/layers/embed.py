"""Embed: a learned vector for each whole number."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, nn, torch


class Embed(Layer):
    """Row number x of a table, plus a bias.

    Shape:    x (any), whole numbers in [0, input_dim) -> (any, num_output)
    Params:   num_output; input_dim; bias_term [true]; weight_filler; bias_filler
    Weights:  weight (input_dim, num_output); bias (num_output)
    Differs:  a number outside the table is an error here; Caffe reads foreign memory
    Raises:   ShapeError if num_output or input_dim is 0
    Source:   Caffe src/caffe/layers/embed_layer.cpp
    """

    type = "Embed"
    keeps_output = False
    no_gradient = {0: "cannot pass a gradient to the numbers that it looks up"}
    param_field = "embed_param"
    examples = (
        Example(
            "embed_param { num_output: 4 input_dim: 3 }", bottoms=[(2, 5)], integer=(0,), classes=3
        ),
        Example(
            "embed_param { num_output: 2 input_dim: 3 bias_term: false }",
            bottoms=[(6,)],
            integer=(0,),
            classes=3,
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.embed_param
        for name in ("num_output", "input_dim"):
            if not getattr(param, name):
                raise ShapeError(
                    f"{name} is 0 or missing",
                    field=f"embed_param.{name}",
                    hint="write a positive number",
                )
        return [x.bottoms[0] + (param.num_output,)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.embed_param
        shape = (param.input_dim, param.num_output)
        blobs = {"weight": filled(shape, param.weight_filler, "embed_param.weight_filler")}
        if param.bias_term:
            bias = (param.num_output,)
            blobs["bias"] = filled(bias, param.bias_filler, "embed_param.bias_filler")
        return blobs

    def label_range(self, x: Site, bottom: int) -> int | None:
        return x.param.embed_param.input_dim if bottom == 0 else None

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        param = x.param.embed_param
        sizes = f"{param.input_dim}, {param.num_output}"
        if not param.bias_term:
            # the table is filled from the blob; a first value here would only cost time
            return Code(f"nn.Embedding({sizes})", call="{self}({0}.long())")
        return Code(f"CaffeEmbed({sizes})")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0]) if x.param.embed_param.bias_term else 0


class CaffeEmbed(nn.Module):
    """nn.Embedding with a bias, for numbers that come as floats."""

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_embeddings, embedding_dim))
        self.bias = nn.Parameter(torch.empty(embedding_dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.embedding(x.long(), self.weight) + self.bias
