"""Accuracy: how many labels are among the best scores."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers._loss import check_labels
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Accuracy(Layer):
    """Share of labels whose score is among the top_k of its vector; with a second top, per class.

    Shape:    scores (N, C, ...), labels (N, ...) as many as score vectors -> ()[, (C)]
    Params:   top_k [1]; axis [1] of the classes; ignore_label: labels that do not count
    Weights:  none
    Differs:  nothing; an equal score of a wrong class counts as better than the label's. A label
              that is no class is an error here; Caffe reads other memory.
    Raises:   ShapeError if there is not one label per score vector, or top_k is more than the
              classes; GraphError if a gradient must pass: Caffe has none
    Source:   Caffe src/caffe/layers/accuracy_layer.cpp
    """

    type = "Accuracy"
    bottoms, tops = 2, (1, 2)
    roles = frozenset({Role.METRIC})
    label_bottom = 1
    param_field = "accuracy_param"
    keeps_output = False
    no_gradient = dict.fromkeys((0, 1), "has no gradient: it is no loss")
    examples = (
        Example(bottoms=[(4, 3), (4,)], integer=(1,)),
        Example("accuracy_param { axis: -1 top_k: 2 ignore_label: 1 }",
                bottoms=[(2, 2, 4), (2, 2)], tops=2, integer=(1,)),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        accuracy = x.param.accuracy_param
        axis = x.axis(accuracy.axis, "accuracy_param.axis")
        check_labels(x, axis)
        classes = x.bottoms[0][axis]
        check_top_k(x, classes)
        return [(), (classes,)][: x.n_tops]

    def classes(self, x: Site) -> int:
        return x.bottoms[0][x.axis(x.param.accuracy_param.axis, "accuracy_param.axis")]

    def ignored_label(self, x: Site) -> int | None:
        param = x.param.accuracy_param
        return param.ignore_label if param.HasField("ignore_label") else None

    def code(self, x: Site) -> Code:
        param = x.param.accuracy_param
        return op(
            top_k_accuracy,
            top_k=param.top_k,
            axis=x.axis(param.axis, "accuracy_param.axis"),
            ignore=param.ignore_label if param.HasField("ignore_label") else None,
            per_class=x.n_tops > 1,
        )

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


def check_top_k(x: Site, classes: int) -> None:
    """Raise ShapeError if accuracy_param.top_k is more than the classes."""
    top_k = x.param.accuracy_param.top_k
    if top_k > classes:
        raise ShapeError(
            f"top_k is {top_k}, and there are {classes} classes",
            field="accuracy_param.top_k",
            hint=f"use at most {classes}, or check num_output of the layer before",
        )


def top_k_accuracy(
    scores: torch.Tensor,
    labels: torch.Tensor,
    top_k: int,
    axis: int,
    ignore: int | None,
    per_class: bool,
) -> Any:
    """Accuracy of scores (N, C, ...) with classes along `axis`, and labels (N, ...)."""
    scores = scores.detach().movedim(axis, -1)
    labels = labels.reshape(scores.shape[:-1]).long()
    valid = torch.ones_like(labels, dtype=torch.bool) if ignore is None else labels != ignore
    labels = labels.where(valid, 0)
    best = (scores >= scores.gather(-1, labels[..., None])).sum(-1) <= top_k
    right = (best & valid).to(scores.dtype)
    overall = right.sum() / valid.sum().clamp(min=1)
    if not per_class:
        return overall
    counts = scores.new_zeros(2, scores.shape[-1])
    counts[0].scatter_add_(0, labels.flatten(), right.flatten())
    counts[1].scatter_add_(0, labels.flatten(), valid.flatten().to(scores.dtype))
    return overall, counts[0] / counts[1].clamp(min=1)
