"""InfogainLoss: the softmax loss with a matrix that says how much each confusion costs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import DataError, ShapeError
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
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import F, nn, torch


class InfogainLoss(Layer):
    """-sum over k of H[label, k] · log(max(softmax(scores)[k], 1e-20)), summed and divided.

    Shape:    scores (N, C, ...), labels (N, ...) as many as score vectors[, H of C·C values]
              -> ()[, softmax of the scores]
    Params:   source, a binaryproto with H, where no third bottom gives it; axis [1] of the
              classes; loss_param ignore_label: labels that do not count; normalization [VALID]
              divides by the labels that count, FULL by all, BATCH_SIZE by the product of the
              axes before `axis`, NONE by 1
    Weights:  none; H is written into the source
    Differs:  nothing; no gradient comes from the second top, nor goes to H
    Raises:   ShapeError if there is not one label per score vector, H is not C by C, or
              `normalize` is set; DataError if H cannot be read
    Source:   Caffe src/caffe/layers/infogain_loss_layer.cpp
    """

    type = "InfogainLoss"
    bottoms, tops = (2, 3), (1, 2)
    loss = True
    applies = "Softmax"
    label_bottom = 1
    no_gradient = {1: NO_GRADIENT, 2: "cannot run backward to its infogain matrix"}
    param_field = "infogain_loss_param"
    examples = (
        Example(bottoms=[(4, 3), (4,), (3, 3)], integer=(1,)),
        Example("infogain_loss_param { axis: 2 } loss_param { ignore_label: 1 } "
                "loss_weight: 1 loss_weight: 0",
                bottoms=[(2, 4, 3), (2, 4), (1, 1, 3, 3)], tops=2, integer=(1,)),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        axis = x.axis(x.param.infogain_loss_param.axis, "infogain_loss_param.axis")
        if x.param.loss_param.HasField("normalize"):
            raise ShapeError(
                "normalize is refused here",
                field="loss_param.normalize",
                hint="write normalization: VALID for true, BATCH_SIZE for false",
            )
        check_labels(x, axis)
        classes = x.bottoms[0][axis]
        count = math.prod(x.bottoms[2]) if len(x.bottoms) > 2 else len(read_matrix(x))
        if count != classes**2:
            raise ShapeError(
                f"the infogain matrix holds {count} values, and {classes} classes need "
                f"{classes} x {classes}",
                field="bottom" if len(x.bottoms) > 2 else "infogain_loss_param.source",
            )
        return [*scalar(x), x.bottoms[0]][: x.n_tops]

    def classes(self, x: Site) -> int:
        return x.bottoms[0][x.axis(x.param.infogain_loss_param.axis, "infogain_loss_param.axis")]

    def rereads(self, x: Site) -> tuple[int, ...]:
        return tuple(range(1, len(x.bottoms)))

    def code(self, x: Site) -> Code:
        axis = x.axis(x.param.infogain_loss_param.axis, "infogain_loss_param.axis")
        settings: dict[str, Any] = {"axis": axis}
        if len(x.bottoms) == 2:
            settings["matrix"] = " ".join(map(number, read_matrix(x)))
        settings |= {"ignore": ignored_label(x), "normalization": normalization(x)}
        settings["probabilities"] = x.n_tops > 1
        given = ", ".join(f"{key}={value!r}" for key, value in settings.items())
        return Code(f"CaffeInfogainLoss({given})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.loss import SoftmaxLoss

        return SoftmaxLoss(x.axis(x.param.infogain_loss_param.axis, "infogain_loss_param.axis"))

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom != 1

    def cost(self, x: Site, tops: list[Shape]) -> int:
        axis = x.axis(x.param.infogain_loss_param.axis, "infogain_loss_param.axis")
        return math.prod(x.bottoms[0]) * x.bottoms[0][axis]


def read_matrix(x: Site) -> list[float]:
    """The values of H out of the file, row by row."""
    from caffe2torch.weights.blob import read_mean

    source = x.param.infogain_loss_param.source
    if not source:
        raise ShapeError(
            "no infogain matrix is given",
            field="infogain_loss_param.source",
            hint="set infogain_loss_param.source to a binaryproto, or give it as third bottom",
        )
    path = resolve(source, x.base)
    if not Path(path).is_file():
        hint = places(source, x.base)
        raise DataError(f'infogain matrix "{source}" cannot be read', hint=hint)
    return [float(value) for value in read_mean(path).ravel()]


class CaffeInfogainLoss(nn.Module):
    """Infogain loss of scores (N, C, ...) with classes along `axis`, and labels (N, ...)."""

    matrix: torch.Tensor

    def __init__(
        self,
        axis: int = 1,
        matrix: str = "",
        ignore: int | None = None,
        normalization: str = "VALID",
        probabilities: bool = False,
    ) -> None:
        super().__init__()
        self.axis, self.ignore, self.normalization = axis, ignore, normalization
        self.probabilities = probabilities
        values = torch.tensor([float(word) for word in matrix.split()], device="cpu")
        self.register_buffer("matrix", values, persistent=False)

    def forward(
        self, scores: torch.Tensor, labels: torch.Tensor, matrix: torch.Tensor | None = None
    ) -> Any:
        """Give the loss, a scalar, and if asked for the probabilities, like scores."""
        n, classes = scores.shape[: self.axis].numel(), scores.shape[self.axis]
        log = F.log_softmax(scores, self.axis).movedim(self.axis, -1)
        labels = labels.reshape(log.shape[:-1]).long()
        valid = torch.ones_like(labels, dtype=torch.bool)
        valid = valid if self.ignore is None else labels != self.ignore
        costs = self.matrix if matrix is None else matrix.detach()
        rows = costs.reshape(classes, classes)[labels.where(valid, 0)] * valid[..., None]
        total = -(rows * CaffeClamp.apply(log, -46.05170185988091, None)).sum()  # log(1e-20)
        loss = total / loss_divisor(self.normalization, valid, labels.numel(), n)
        if not self.probabilities:
            return loss
        return loss, log.detach().exp().movedim(-1, self.axis)
