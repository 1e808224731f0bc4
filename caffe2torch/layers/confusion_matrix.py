"""ConfusionMatrix: how often which class was taken for which."""

from __future__ import annotations

from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers._loss import check_labels
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class ConfusionMatrix(Layer):
    """Row of the label, column of the best score: the share of the label's items.

    Shape:    scores (N, C, any), labels (N, any) -> (C, C), or nothing where it only logs
    Params:   axis [1] of the classes; ignore_label and test_iter [100] have no effect here
    Weights:  none
    Differs:  a class that no label names gets a row of NaN, as in the fork; among equal scores the
              first counts. Nothing is logged
    Raises:   ShapeError if there is not one label for each vector of scores; GraphError if a
              gradient must pass
    Source:   BVLC caffe, commit b960e5d4c890, src/caffe/layers/confusion_matrix_layer.cpp, Reshape
              and Forward_cpu
    """

    type = "ConfusionMatrix"
    origin = "single forks"
    bottoms, tops = 2, (0, 1)
    roles = frozenset({Role.METRIC})
    param_field = "confusion_matrix_param"
    keeps_output = False
    no_gradient = dict.fromkeys((0, 1), "has no gradient: it is no loss")
    examples = (Example(bottoms=[(40, 3), (40,)], integer=(1,)),)

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        axis = x.axis(x.param.confusion_matrix_param.axis, "confusion_matrix_param.axis")
        check_labels(x, axis)
        classes = x.bottoms[0][axis]
        tops: list[Shape] = [(classes, classes)]
        return tops[: x.n_tops]

    def code(self, x: Site) -> Code:
        axis = x.axis(x.param.confusion_matrix_param.axis, "confusion_matrix_param.axis")
        return op(confusion, axis=axis)


def confusion(scores: torch.Tensor, labels: torch.Tensor, axis: int) -> torch.Tensor:
    """(C, C) shares of predictions by label, from scores (N, C, ...) and labels (N, ...)."""
    scores = scores.detach().movedim(axis, -1)
    classes = scores.shape[-1]
    rows = labels.reshape(-1).long()
    columns = scores.reshape(-1, classes).argmax(1)
    counts = scores.new_zeros(classes * classes)
    counts.index_add_(0, rows * classes + columns, torch.ones_like(columns, dtype=scores.dtype))
    matrix = counts.reshape(classes, classes)
    return matrix / matrix.sum(1, keepdim=True)
