"""SoftmaxWithLossOHEM: softmax loss with a loss for every region (R-FCN)."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers._loss import NO_GRADIENT, check_labels, ignored_label, normalization
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class SoftmaxWithLossOHEM(Layer):
    """Softmax loss; its further tops are the probabilities and the loss of every label.

    Shape:    score (N, C, H, W), label (N, 1, H, W) or as many in any shape
              -> ()[, probability (N, C, H, W)[, loss like label]]
    Params:   softmax_param axis [1]; loss_param ignore_label; normalization [VALID] divides by
              the labels that are not ignored, FULL by all, BATCH_SIZE by N, PRE_FIXED by
              pre_fixed_normalizer, NONE by 1; never by less than 1
    Weights:  none
    Differs:  the gradient of the further tops is ignored, as in R-FCN. An ignored label counts 0
              (R-FCN's CPU code sums other entries then, its GPU code does not).
    Raises:   ShapeError if there is not one label per score vector
    Source:   Dai et al., R-FCN (2016); R-FCN's caffe softmax_loss_ohem_layer.cu
    """

    type = "SoftmaxWithLossOHEM"
    origin = "r-fcn"
    bottoms, tops = 2, (1, 3)
    loss = True
    applies = "Softmax"
    label_bottom = 1
    no_gradient = {1: NO_GRADIENT}
    param_field = "loss_param"
    examples = (
        Example("", bottoms=[(4, 3), (4,)], integer=(1,)),
        Example(
            "loss_weight: 1 loss_weight: 0 loss_weight: 0 loss_param { ignore_label: 1 }",
            bottoms=[(2, 3, 2, 2), (2, 1, 2, 2)], tops=3, integer=(1,),
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        axis = x.axis(x.param.softmax_param.axis, "softmax_param.axis")
        check_labels(x, axis)
        score, label = x.bottoms
        return [(), score, label][: x.n_tops]

    def classes(self, x: Site) -> int:
        return x.bottoms[0][x.axis(x.param.softmax_param.axis, "softmax_param.axis")]

    def code(self, x: Site) -> Code:
        loss = x.param.loss_param
        return op(
            softmax_loss_ohem,
            axis=x.param.softmax_param.axis,
            ignore=ignored_label(x),
            normalization=normalization(x),
            fixed=loss.pre_fixed_normalizer,
            tops=x.n_tops,
        )


def softmax_loss_ohem(
    score: torch.Tensor,
    label: torch.Tensor,
    axis: int,
    ignore: int | None,
    normalization: str,
    fixed: float,
    tops: int,
) -> Any:
    """Softmax loss of score (N, C, ...) and label (N, ...), with the tops that are asked for."""
    log = F.log_softmax(score, dim=axis).movedim(axis, -1)
    index = label.reshape(log.shape[:-1]).long()
    valid = torch.ones_like(index, dtype=torch.bool) if ignore is None else index != ignore
    picked = log.gather(-1, index.where(valid, 0)[..., None])[..., 0]
    # -log(FLT_MIN) bounds the value, as in Caffe, but not the gradient
    error = (picked.detach().clamp(min=-87.33654) - picked.detach() + picked).neg() * valid
    outer = score.shape[:axis].numel()
    counts = {"FULL": valid.numel(), "VALID": valid.sum(), "BATCH_SIZE": outer, "PRE_FIXED": fixed}
    divisor = torch.as_tensor(counts.get(normalization, 1), device=score.device).clamp(min=1)
    loss = error.sum() / divisor.to(score.dtype)
    if tops == 1:
        return loss
    every = error.detach().reshape(label.shape)
    return (loss, log.detach().exp().movedim(-1, axis), every)[:tops]
