"""MultiLabelAccuracy: how right several yes-or-no labels are (DeepDetect)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class MultiLabelAccuracy(Layer):
    """Sensitivity, specificity, their harmonic mean, precision and F1 of scores that are at
    least 0 for yes; a negative label does not count.

    Shape:    scores (N, any), labels of the same shape, yes from 0.5 on -> (1, 5, 1, 1)
    Params:   none
    Weights:  none
    Differs:  nothing; what has no examples is 0
    Raises:   ShapeError if the shapes differ; GraphError if a gradient must pass: the fork has
              none
    Source:   DeepDetect's caffe src/caffe/layers/multi_label_accuracy_layer.cpp
    """

    type = "MultiLabelAccuracy"
    origin = "deepdetect"
    bottoms = 2
    keeps_output = False
    roles = frozenset({Role.METRIC})
    no_gradient = dict.fromkeys((0, 1), "has no gradient: it is no loss")
    examples = (Example("", bottoms=[(4, 3), (4, 3)], integer=(1,), classes=2),)

    def shapes(self, x: Site) -> list[Shape]:
        if x.bottoms[0] != x.bottoms[1]:
            raise ShapeError(f"bottoms {x.bottoms[0]} and {x.bottoms[1]} differ", field="bottom")
        return [(1, 5, 1, 1)]

    def code(self, x: Site) -> Code:
        return op(multi_label_accuracy)


def multi_label_accuracy(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Five shares as (1, 5, 1, 1), of scores and labels of one shape."""
    says = scores.detach() >= 0
    yes, no = labels >= 0.5, (labels >= 0) & (labels < 0.5)
    hits, rejects = (says & yes).sum(), (~says & no).sum()
    false = (says & no).sum()
    known = yes.sum() + no.sum()
    shares = [
        hits / yes.sum().clamp(min=1),
        rejects / no.sum().clamp(min=1),
        torch.where(known > 0, 2 / (yes.sum() / hits + no.sum() / rejects), 0.0),
        hits / (hits + false).clamp(min=1),
        2 * hits / (2 * hits + false + (yes.sum() - hits)).clamp(min=1),
    ]
    return torch.stack(shares).to(scores.dtype).reshape(1, 5, 1, 1)
