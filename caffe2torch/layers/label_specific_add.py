"""LabelSpecificAdd: a constant added to the score of the right class (happynear)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class LabelSpecificAdd(Layer):
    """In TRAIN bias is added to the score of the label of each item, where that is above -bias.

    Shape:    x (N, ...) of C values an item, labels (N) -> as x
    Params:   bias [0]; transform_test [false]: the same in TEST, of which the fork's code makes
              nothing; bias_base [0] and its like, a bias that grows with the iterations
    Weights:  none
    Differs:  a bias that grows is refused
    Raises:   ShapeError for other than one label an item; UnsupportedError for bias_base, or a
              second top, where it is to run
    Source:   Wang et al., AM-Softmax (2018); happynear caffe-windows
              src/caffe/layers/label_specific_add.cpp
    """

    type = "LabelSpecificAdd"
    origin = "happynear"
    bottoms, tops = 2, (1, 2)
    label_bottom = 1
    no_gradient = {1: "gives no gradient to its labels"}
    param_field = "label_specific_add_param"
    examples = (
        Example("label_specific_add_param { bias: -0.35 }", bottoms=[(4, 3), (4,)], integer=(1,)),
    )

    def shapes(self, x: Site) -> list[Shape]:
        scores, labels = x.bottoms
        if not scores or labels[:1] != scores[:1] or any(dim != 1 for dim in labels[1:]):
            raise ShapeError(
                f"takes (N, C) and N labels, got {scores} and {labels}", field="bottom"
            )
        tops: list[Shape] = [scores, (1,)]
        return tops[: x.n_tops]

    def code(self, x: Site) -> Code:
        param = x.param.label_specific_add_param
        if param.HasField("bias_base") or x.n_tops > 1:
            raise UnsupportedError(
                "a bias that grows with the iterations is not reproduced",
                hint="write bias, and one top",
            )
        if not x.train:
            return Code(call="{0}")
        return op(label_specific_add, bias=param.bias)


def label_specific_add(scores: torch.Tensor, labels: torch.Tensor, bias: float) -> torch.Tensor:
    """scores (N, ...), bias added at the label of each item if the score is above -bias."""
    rows = scores.flatten(1)
    right = labels.detach().reshape(-1, 1).long()
    chosen = torch.zeros_like(rows, dtype=torch.bool).scatter(1, right, True) & (rows > -bias)
    return (rows + bias * chosen).reshape(scores.shape)
