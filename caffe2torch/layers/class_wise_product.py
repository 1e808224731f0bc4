"""ClassWiseProduct: features times a learned vector of their class (QaDWH)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch


class ClassWiseProduct(Layer):
    """x · w[label]; of several labels y (0 or 1), x · (y · W) / (y · y).

    Shape:    x (N, K), labels (N) or (N, L) -> (N, num_output, 1, 1)
    Params:   num_output, K; num_class [1]; bias_term [true]: a bias that nothing reads;
              weight_filler; bias_filler
    Weights:  weight (num_class, K, 1, 1); bias (1, num_output, 1, 1), without effect
    Differs:  nothing for labels of 0 and 1
    Raises:   ShapeError if num_output is not K, or the labels do not fit
    Source:   Zhang and Peng, QaDWH (2018); its src/caffe/layers/classwise_product_layer.cpp
    """

    type = "ClassWiseProduct"
    origin = "QaDWH"
    bottoms = 2
    no_gradient = {1: "holds labels"}
    param_field = "classwise_product_param"
    examples = (
        Example(
            "classwise_product_param { num_output: 4 num_class: 3 bias_term: false "
            'weight_filler { type: "xavier" } }',
            bottoms=[(5, 4), (5,)],
            integer=(1,),
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param, features, labels = x.param.classwise_product_param, x.bottoms[0], x.bottoms[1]
        if math.prod(features[1:]) != param.num_output:
            raise ShapeError(
                f"is {param.num_output}, and an item has {math.prod(features[1:])} values",
                field="classwise_product_param.num_output",
            )
        if param.num_class < 1:
            raise ShapeError(
                f"is {param.num_class}, and needs to be 1 or more",
                field="classwise_product_param.num_class",
            )
        width = math.prod(labels[1:])
        if labels[:1] != features[:1] or width not in (1, param.num_class):
            raise ShapeError(
                f"{labels} are no labels of {features[0]} items and {param.num_class} classes",
                field="bottom",
            )
        return [(features[0], param.num_output, 1, 1)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, field = x.param.classwise_product_param, "classwise_product_param"
        shape = (param.num_class, math.prod(x.bottoms[0][1:]), 1, 1)
        blobs = {"weight": filled(shape, param.weight_filler, f"{field}.weight_filler")}
        if param.bias_term:
            bias = (1, param.num_output, 1, 1)
            blobs["bias"] = filled(bias, param.bias_filler, f"{field}.bias_filler")
        return blobs

    def code(self, x: Site) -> Code:
        param = x.param.classwise_product_param
        size = math.prod(x.bottoms[0][1:])
        return Code(f"CaffeClassWiseProduct({param.num_class}, {size}, {param.bias_term})")


class CaffeClassWiseProduct(nn.Module):
    """Rows (N, any) times the vector of their class, or the mean of those of their classes."""

    def __init__(self, classes: int, size: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(classes, size, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, size, 1, 1)) if bias else None

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        weight, label = self.weight.flatten(1), label.detach().reshape(len(x), -1)
        if label.shape[1] == 1:
            rows = weight[label.long().reshape(-1)]
        else:
            rows = label @ weight / label.square().sum(dim=1, keepdim=True)
        return (x.flatten(1) * rows)[..., None, None]
