"""MultinomialLogisticLoss: the negative logarithm of the labels' probabilities."""

from __future__ import annotations

from caffe2torch.layers._loss import NO_GRADIENT, check_flat, legacy_shape, scalar
from caffe2torch.layers._straight import CaffeClamp
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class MultinomialLogisticLoss(Layer):
    """Sum of -log(max(p[label], 1e-20)) / N.

    Shape:    p (N, ...) probabilities, labels (N) counting the values of an item -> ()
    Params:   none
    Weights:  none
    Differs:  below 1e-20 the gradient is that at 1e-20, about 1e20, as in Caffe; SoftmaxWithLoss
              on the scores is the stable form
    Raises:   ShapeError if there is not one label an item, or for more than 4 axes
    Source:   Caffe src/caffe/layers/multinomial_logistic_loss_layer.cpp
    """

    type = "MultinomialLogisticLoss"
    bottoms = 2
    loss = True
    label_bottom = 1
    no_gradient = {1: NO_GRADIENT}
    examples = (
        Example(bottoms=[(4, 3), (4,)], integer=(1,), low=0.1),
        Example(bottoms=[(2, 3, 1, 1), (2, 1, 1, 1)], integer=(1,), low=0.1),
    )

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        legacy_shape(x, 0)
        check_flat(x, 1)
        return shapes

    def ignored_label(self, x: Site) -> int | None:
        return None

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (0, 1)

    def code(self, x: Site) -> Code:
        return op(logistic_loss)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.loss import LogLoss

        return LogLoss()


def logistic_loss(p: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Logistic loss of probabilities (N, ...), whose items the labels (N) index flat."""
    picked = p.reshape(len(p), -1).gather(1, labels.reshape(-1, 1).long())
    return -CaffeClamp.apply(picked, 1e-20, None).log().sum() / len(p)
