"""TopK: keeps the k largest values of each item (k-sparse autoencoders)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch


class TopK(Layer):
    """The k largest values of an item, 0 in the place of the others; a * k of them at TEST.

    Shape:    x (N, any) -> same
    Params:   k > 0; a [1], cut off to a whole a * k; axis has no effect
    Weights:  none
    Differs:  of equal values the first stay (the fork leaves it to the sort)
    Raises:   ShapeError if k or a * k is 0, or more than an item holds
    Source:   Makhzani, Frey, k-Sparse Autoencoders (2013); the fork's topk_layer.cpp
    """

    type = "TopK"
    aliases = ("TOPK",)
    origin = "single forks"
    roles = frozenset({Role.RESULT})
    param_field = "topk_param"
    examples = (Example("topk_param { k: 2 a: 1.5 }", bottoms=[(3, 5)]),)

    def shapes(self, x: Site) -> list[Shape]:
        most = math.prod(x.bottoms[0][1:])
        for count in counts_of(x):
            if not 0 < count <= most:
                raise ShapeError(
                    f"{count} of {most} values of an item are to stay",
                    field="topk_param.k",
                    hint=f"choose k and a so that k and a * k lie from 1 to {most}",
                )
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        train, test = counts_of(x)
        return Code(f"CaffeTopK({train}, {test})")


def counts_of(x: Site) -> tuple[int, int]:
    """How many values stay at TRAIN and at TEST."""
    param = x.param.topk_param
    if not math.isfinite(param.k * param.a):
        raise ShapeError(f"a is {param.a}", field="topk_param.a", hint="a share from 0 to 1")
    return param.k, int(param.k * param.a)


class CaffeTopK(nn.Module):
    """The largest values of each item of x (N, any), 0 elsewhere: `train` or `test` of them."""

    def __init__(self, train: int, test: int) -> None:
        super().__init__()
        self.counts = train, test

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        train, test = self.counts
        rows = x.flatten(1)
        order = rows.detach().argsort(dim=1, descending=True, stable=True)
        kept = torch.zeros_like(rows, dtype=torch.bool)
        kept.scatter_(1, order[:, : train if self.training else test], True)
        return (rows * kept).reshape(x.shape)
