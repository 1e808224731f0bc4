"""SoftmaxWithLoss: the multinomial logistic loss of the softmax of scores."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import (
    NO_GRADIENT,
    check_labels,
    ignored_label,
    loss_divisor,
    normalization,
    scalar,
)
from caffe2torch.layers._straight import CaffeClamp
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import F, nn, torch


class SoftmaxWithLoss(Layer):
    """-log(softmax(scores)[label]), at most 87.3365 a label, summed and divided.

    Shape:    scores (N, C, ...), labels (N, ...) as many as score vectors[, SDS-RCNN's: a weight
              for each, (N, ...)] -> ()
              [, R-FCN's: softmax of the scores, loss of each label in the labels' shape]
    Params:   softmax_param axis [1]; loss_param ignore_label: labels that do not count;
              normalization [VALID] divides by the labels that count, FULL by all, BATCH_SIZE by
              the product of the axes before `axis`, NONE by 1, PRE_FIXED by
              pre_fixed_normalizer (Intel's); normalize, its old name: false is BATCH_SIZE;
              weight_by_label_freqs [false]: multiply by class_weighting, one a class (SegNet's)
    Weights:  none
    Differs:  a label that is no class is an error here; Caffe reads other memory.
              The tops behind the first pass no gradient on
    Raises:   ShapeError if there is not one label per score vector; with two tops, which
              Caffe always refuses; with weights that are not as many as the labels
    Source:   Caffe src/caffe/layers/softmax_loss_layer.cpp; three tops: R-FCN's, as CaffeMex_v2
              has it; three bottoms: SDS-RCNN's and AR-Ped's, which divide by the sum of the weights
              of the labels that count, and give 0 where it is 0
    """

    type = "SoftmaxWithLoss"
    aliases = ("SoftmaxLoss", "SOFTMAX_LOSS", "softmax_loss")
    bottoms, tops = (2, 3), (1, 3)
    loss = True
    applies = "Softmax"
    label_bottom = 1
    no_gradient = {1: NO_GRADIENT, 2: NO_GRADIENT}
    param_field = "loss_param"
    examples = (
        Example(bottoms=[(4, 3), (4,)], integer=(1,)),
        Example("loss_param { ignore_label: 1 }",
                bottoms=[(2, 3, 2, 2), (2, 1, 2, 2)], integer=(1,)),
        Example("loss_param { weight_by_label_freqs: true class_weighting: [0.5, 2, 3] }",
                bottoms=[(4, 3), (4,)], integer=(1,)),
        Example("loss_param { ignore_label: 1 } loss_weight: [1, 0, 0]",
                bottoms=[(2, 3, 2, 2), (2, 1, 2, 2)], integer=(1,), tops=3),
        Example("loss_param { ignore_label: 1 }",
                bottoms=[(2, 3, 2, 2), (2, 1, 2, 2), (2, 1, 2, 2)], integer=(1,), low=0.5, high=2),
        Example("softmax_param { axis: -1 } loss_param { normalization: BATCH_SIZE }",
                bottoms=[(2, 4, 3), (2, 4)], integer=(1,)),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        if x.n_tops == 2:
            raise ShapeError(
                "takes one top: the softmax inside refuses two loss weights, and two tops need two",
                field="top",
                hint="remove the second top; a Softmax layer on the scores gives the same",
            )
        if x.param.loss_param.label_smoothing:
            x.notes.append("label_smoothing is ignored: NVIDIA's and Intel's differ")
        axis = x.axis(x.param.softmax_param.axis, "softmax_param.axis")
        check_labels(x, axis)
        if len(x.bottoms) > 2 and math.prod(x.bottoms[2]) != math.prod(x.bottoms[1]):
            raise ShapeError(
                f"labels of shape {x.bottoms[1]} and weights of {x.bottoms[2]}",
                field="bottom",
                hint="give one weight a label",
            )
        weights = x.param.loss_param.class_weighting
        if x.param.loss_param.weight_by_label_freqs and len(weights) != x.bottoms[0][axis]:
            raise ShapeError(
                f"{len(weights)} values of class_weighting for {x.bottoms[0][axis]} classes",
                field="loss_param.class_weighting",
                hint="write one per class",
            )
        return [*scalar(x), x.bottoms[0], x.bottoms[1]][: x.n_tops]

    def classes(self, x: Site) -> int:
        return x.bottoms[0][x.axis(x.param.softmax_param.axis, "softmax_param.axis")]

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (1,)

    def code(self, x: Site) -> Code:
        loss, mode = x.param.loss_param, normalization(x)
        axis = x.axis(x.param.softmax_param.axis, "softmax_param.axis")
        settings: dict[str, Any] = {
            "axis": axis if axis != 1 else None,
            "ignore": ignored_label(x),
            "normalization": mode if mode != "VALID" else None,
            "weights": tuple(loss.class_weighting) if loss.weight_by_label_freqs else None,
            "every": x.n_tops > 1 or None,
        }
        if mode == "PRE_FIXED":
            settings["normalization"] = loss.pre_fixed_normalizer
        given = [f"{k}={literal(v)}" for k, v in settings.items() if v is not None]
        return Code(f"CaffeSoftmaxWithLoss({', '.join(given)})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.loss import SoftmaxLoss

        return SoftmaxLoss(x.axis(x.param.softmax_param.axis, "softmax_param.axis"))

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(x.bottoms[0])


class CaffeSoftmaxWithLoss(nn.Module):
    """Softmax loss of scores (N, C, ...) with classes along `axis`, and labels (N, ...)."""

    weight: torch.Tensor | None
    label_smoothing: float = 0.0  # Caffe has none

    def __init__(
        self,
        axis: int = 1,
        ignore: int | None = None,
        normalization: str | float = "VALID",
        weights: tuple[float, ...] | None = None,
        every: bool = False,
    ) -> None:
        super().__init__()
        self.axis, self.ignore, self.normalization = axis, ignore, normalization
        self.every = every
        weight = None if weights is None else torch.tensor(weights, device="cpu")
        self.register_buffer("weight", weight, persistent=False)

    def forward(
        self, scores: torch.Tensor, labels: torch.Tensor, label_weights: torch.Tensor | None = None
    ) -> Any:
        """Give the loss, a scalar; with `every` also the softmax and the loss of each label."""
        probabilities, shape = (
            scores.softmax(self.axis).detach() if self.every else None,
            labels.shape,
        )
        n = scores.shape[: self.axis].numel()
        scores = scores.movedim(self.axis, 1)
        labels = labels.reshape(scores.shape[:1] + scores.shape[2:]).long()
        valid = None if self.ignore is None else labels != self.ignore
        ignored = -100 if self.ignore is None else self.ignore
        smoothing = self.label_smoothing
        losses = F.cross_entropy(
            scores, labels, ignore_index=ignored, reduction="none", label_smoothing=smoothing
        )
        losses = CaffeClamp.apply(losses, None, 87.33654475055310)  # -log(FLT_MIN)
        if self.weight is not None:
            losses = losses * self.weight[labels if valid is None else labels.where(valid, 0)]
        if label_weights is None:
            loss = losses.sum() / loss_divisor(self.normalization, valid, labels.numel(), n)
        else:
            each = label_weights.detach().reshape(losses.shape)
            each = each if valid is None else each * valid
            total = each.sum()
            loss = (losses * each).sum() / total.where(total != 0, torch.ones_like(total))
        return (loss, probabilities, losses.detach().reshape(shape)) if self.every else loss

    def extra_repr(self) -> str:
        """Say what is set."""
        return f"axis={self.axis}, ignore={self.ignore}, normalization={self.normalization}"
