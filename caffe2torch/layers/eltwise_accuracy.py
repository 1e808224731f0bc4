"""EltwiseAccuracy: the share of pixels whose label is among the top scores (DeconvNet)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

FIELD = "eltwise_accuracy_param"


class EltwiseAccuracy(Layer):
    """Pixels whose label is one of the top_k largest scores, of those that count.

    Shape:    scores (N, C, H, W), labels (N, 1, H, W) -> (1, 1, 1, 1)
    Params:   top_k [1]; ignore_label
    Weights:  none
    Differs:  of equal scores, the larger class comes first, as in the fork
    Raises:   ShapeError if the labels do not fit, or top_k exceeds the classes
    Source:   Noh, Hong and Han, Learning Deconvolution Network (2015); DeconvNet's caffe
              src/caffe/layers/eltwise_accuracy_layer.cpp
    """

    type = "EltwiseAccuracy"
    origin = "DeconvNet"
    bottoms = 2
    roles = frozenset({Role.METRIC})
    label_bottom = 1
    backward = "cannot run backward"
    param_field = FIELD
    examples = (
        Example(
            f"{FIELD} {{ top_k: 2 ignore_label: 1 }}",
            bottoms=[(2, 4, 3, 5), (2, 1, 3, 5)], integer=(1,), phase="TEST",
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        scores, labels = x.bottoms
        if len(scores) != 4 or labels != (scores[0], 1, *scores[2:]):
            raise ShapeError(
                f"takes (N, C, H, W) and (N, 1, H, W), got {scores} and {labels}", field="bottom"
            )
        top_k = x.param.eltwise_accuracy_param.top_k
        if not 1 <= top_k <= scores[1]:
            raise ShapeError(f"top_k {top_k} of {scores[1]} classes", field=f"{FIELD}.top_k")
        return [(1, 1, 1, 1)]

    def code(self, x: Site) -> Code:
        param = x.param.eltwise_accuracy_param
        ignored = param.ignore_label if param.HasField("ignore_label") else None
        return op(eltwise_accuracy, top_k=param.top_k, ignored=ignored)


def eltwise_accuracy(
    scores: torch.Tensor, labels: torch.Tensor, top_k: int, ignored: int | None
) -> torch.Tensor:
    """The share (1, 1, 1, 1) of pixels of (N, C, H, W) whose label is in the top_k scores."""
    labels = labels.long()
    counted = torch.ones_like(labels, dtype=torch.bool) if ignored is None else labels != ignored
    order = scores.detach().flip(1).argsort(dim=1, descending=True, stable=True)
    best = scores.shape[1] - 1 - order[:, :top_k]
    right = (best == labels).any(1, keepdim=True) & counted
    return (right.sum() / counted.sum()).to(scores.dtype).reshape(1, 1, 1, 1)
