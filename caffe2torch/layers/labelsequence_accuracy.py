"""LabelsequenceAccuracy: the share of sequences that are read without a mistake (CRNN)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class LabelsequenceAccuracy(Layer):
    """Best class of each step, repetitions and blanks dropped, against the labels.

    Shape:    score (N, T, C), label (N, L) -> ()
    Params:   blank_label [0], dropped from both
    Weights:  none
    Differs:  nothing; of equal scores the first class counts
    Raises:   ShapeError if there are not as many rows of labels as sequences
    Source:   DeepDetect's caffe labelsequence_accuracy_layer.cpp
    """

    type = "LabelsequenceAccuracy"
    origin = "deepdetect"
    bottoms = 2
    roles = frozenset({Role.METRIC})
    backward = "cannot run backward"
    param_field = "labelsequence_accuracy_param"
    examples = (Example("", bottoms=[(3, 5, 4), (3, 2)], integer=(1,), phase="TEST"),)

    def shapes(self, x: Site) -> list[Shape]:
        score, label = x.bottoms
        if len(score) < 3 or len(label) < 2 or score[0] != label[0]:
            raise ShapeError(
                f"bottoms {score} and {label} are not scores (N, T, C) and labels (N, L)",
                field="bottom",
            )
        return [()]

    def code(self, x: Site) -> Code:
        return op(sequence_accuracy, blank=x.param.labelsequence_accuracy_param.blank_label)


def sequence_accuracy(score: torch.Tensor, label: torch.Tensor, blank: int) -> torch.Tensor:
    """Share of right sequences, a scalar, for score (N, T, C) and label (N, L)."""
    best = score.detach().flatten(2).argmax(dim=2)
    new = torch.ones_like(best, dtype=torch.bool)
    new[:, 1:] = best[:, 1:] != best[:, :-1]
    kept = new & (best != blank)
    right = 0
    for read, keep, wanted in zip(best, kept, label.long().flatten(1), strict=True):
        right += read[keep].tolist() == wanted[wanted != blank].tolist()
    return score.new_tensor(right / len(score))
