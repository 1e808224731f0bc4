"""LabeledMatching: similarities to stored features of known people (person_search)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch


class LabeledMatching(Layer):
    """Products of features with one stored feature a person; each backward renews those seen.

    Backward adds 1 to every time stamp; the row of a label that is there becomes
    momentum · row + (1 - momentum) · feature, and its time stamp 0.

    Shape:    x (N, any), label (N, ...) -> (N, num_classes), label with -1 for unknown ones
    Params:   num_classes; momentum [0.5]
    Weights:  weight (num_classes, K), stamp (num_classes), both 0 at first and without gradients
    Differs:  rows are renewed in TRAIN whenever the layer is backpropagated; the fork also asks
              for an lr_mult that is not 0
    Raises:   ShapeError without num_classes, or if there is not one label an item
    Source:   Xiao et al., person search (2017); its labeled_matching_layer.cpp, as in MAF
              caffe-fast-rcnn/src/caffe/layers/labeled_matching_layer.cpp
    """

    type = "LabeledMatching"
    origin = "person_search"
    bottoms, tops = 2, 2
    no_gradient = {1: "holds labels"}
    param_field = "labeled_matching_param"
    examples = (
        Example(
            "labeled_matching_param { num_classes: 3 }", bottoms=[(4, 5), (4,)], tops=2,
            integer=(1,),
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        classes, shape = x.param.labeled_matching_param.num_classes, x.shape(0, 1)
        if classes < 1:
            raise ShapeError(
                f"is {classes}, and must be 1 or more", field="labeled_matching_param.num_classes"
            )
        if math.prod(x.bottoms[1]) != shape[0]:
            raise ShapeError(f"{x.bottoms[1]} are no labels of {shape[0]} items", field="bottom")
        return [(shape[0], classes), x.bottoms[1]]

    def blobs(self, x: Site) -> dict[str, Blob]:
        classes = x.param.labeled_matching_param.num_classes
        size = math.prod(x.bottoms[0][1:])
        return {
            "weight": Blob((classes, size), learnable=False),
            "stamp": Blob((classes,), learnable=False),
        }

    def code(self, x: Site) -> Code:
        param, size = x.param.labeled_matching_param, math.prod(x.bottoms[0][1:])
        return Code(f"CaffeLabeledMatching({param.num_classes}, {size}, {number(param.momentum)})")


class CaffeStoredProducts(torch.autograd.Function):
    """Products with stored rows; backward hands on a gradient and then lets `renew` store."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, rows: torch.Tensor, renew: Any) -> torch.Tensor:
        """Give x (N, K) times rows (M, K): (N, M)."""
        ctx.rows, ctx.renew = rows, renew
        ctx.save_for_backward(x)
        return x @ rows.T

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give the gradient of a product, by the rows before they are renewed."""
        result = gradient @ ctx.rows
        if ctx.renew is not None:
            ctx.renew(ctx.saved_tensors[0])
        return result, None, None


class CaffeLabeledMatching(nn.Module):
    """Products of features (N, any) with a row a class, and the labels that are classes."""

    weight: torch.Tensor
    stamp: torch.Tensor

    def __init__(self, classes: int, size: int, momentum: float) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(classes, size))
        self.register_buffer("stamp", torch.zeros(classes))
        self.momentum = momentum

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        label = label.detach().trunc()
        known = (label >= 0) & (label < len(self.weight))

        def renew(features: torch.Tensor) -> None:
            self.stamp += 1
            for feature, at in zip(features, label.reshape(-1).long().tolist(), strict=True):
                if 0 <= at < len(self.weight):
                    self.weight[at].mul_(self.momentum).add_(feature, alpha=1 - self.momentum)
                    self.stamp[at] = 0

        products = CaffeStoredProducts.apply(
            x.flatten(1), self.weight, renew if self.training else None
        )
        return products, torch.where(known, label, -1.0)
