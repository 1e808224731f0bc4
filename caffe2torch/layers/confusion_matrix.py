"""ConfusionMatrix: which class was taken for which, for a log."""

from __future__ import annotations

from caffe2torch.layers._loss import check_labels
from caffe2torch.layers.base import Example, Layer, Shape, Site


class ConfusionMatrix(Layer):
    """Nothing that the net sees: the fork counts labels and predictions, and its log shows them.

    Shape:    scores (N, C, any), labels (N, any) -> nothing
    Params:   axis [1] of the classes; ignore_label and test_iter [100] have no effect here
    Weights:  none
    Differs:  the matrix is neither made nor shown
    Raises:   ShapeError if there is not one label for each vector of scores
    Source:   a fork of Caffe, src/caffe/layers/confusion_matrix_layer.cpp
    """

    type = "ConfusionMatrix"
    origin = "single forks"
    bottoms, tops = 2, 0
    silent = True
    param_field = "confusion_matrix_param"
    examples = (Example(bottoms=[(4, 3), (4,)], tops=0),)

    def shapes(self, x: Site) -> list[Shape]:
        axis = x.param.confusion_matrix_param.axis
        check_labels(x, x.axis(axis, "confusion_matrix_param.axis"))
        x.notes.append("the confusion matrix is not made")
        return []
