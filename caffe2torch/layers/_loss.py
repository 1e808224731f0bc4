"""What the losses share: checks of their bottoms, and the number that a loss is divided by."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.lazy import torch

NO_GRADIENT = "cannot run backward to its labels"


def scalar(x: Site) -> list[Shape]:
    """Shapes of a loss layer's tops (LossLayer::Reshape): one scalar.

    Raises ShapeError if the first two bottoms are not of the same number of items.
    """
    refuse_in_place(x)
    for bottom in (0, 1):
        x.axis(0, "bottom", bottom)
    first, second = x.bottoms[:2]
    if first[0] != second[0]:
        raise ShapeError(
            f"bottom {x.bottom_names[0]!r} holds {plural(first[0], 'item')} and "
            f"{x.bottom_names[1]!r} {second[0]} (shapes {first} and {second})",
            field="bottom",
            hint="both need the same first dimension",
        )
    return [()]


def check_counts(x: Site) -> None:
    """Raise ShapeError if the first two bottoms do not hold as many values."""
    if math.prod(x.bottoms[0]) != math.prod(x.bottoms[1]):
        raise ShapeError(f"bottoms {x.bottoms[0]} and {x.bottoms[1]} differ", field="bottom")


def check_labels(x: Site, axis: int) -> None:
    """Raise ShapeError unless there is one label for each score vector along `axis`."""
    scores, labels = x.bottoms[:2]
    wanted = (*scores[:axis], *scores[axis + 1 :])
    if math.prod(wanted) != math.prod(labels):
        raise ShapeError(
            f"{plural(math.prod(labels), 'label')} for {plural(math.prod(wanted), 'score vector')} "
            f"(bottoms {scores} and {labels}, classes along axis {axis})",
            field="bottom",
            hint=f"give labels of shape {wanted}, whole numbers from 0 to {scores[axis] - 1}",
        )


def check_flat(x: Site, bottom: int) -> None:
    """Raise ShapeError unless a bottom holds one number an item, as the old accessors see it."""
    n, *rest = legacy_shape(x, bottom)
    if rest != [1, 1, 1]:
        raise ShapeError(
            f"bottom {x.bottom_names[bottom]!r} has shape {x.bottoms[bottom]}, and one number an "
            "item is wanted",
            field="bottom",
            hint=f"give shape ({n},) or ({n}, 1, 1, 1)",
        )


def legacy_shape(x: Site, bottom: int) -> Shape:
    """Shape of a bottom as (N, C, H, W), as Caffe's num(), channels(), height(), width().

    Raises ShapeError for more than 4 axes, which Caffe's old accessors refuse.
    """
    shape = x.bottoms[bottom]
    if len(shape) > 4:
        raise ShapeError(
            f"takes at most 4 axes, and bottom {x.bottom_names[bottom]!r} has shape {shape}",
            field="bottom",
            hint="put a Flatten in front",
        )
    return (*shape, *(1,) * (4 - len(shape)))


def normalization(x: Site, default: str = "") -> str:
    """How loss_param divides: its normalization, else its old `normalize`, else the default."""
    loss = x.param.loss_param
    if not loss.HasField("normalization"):
        if loss.HasField("normalize"):
            return "VALID" if loss.normalize else "BATCH_SIZE"
        if default:
            return default
    return str(loss.NormalizationMode.Name(loss.normalization))


def ignored_label(x: Site) -> int | None:
    """loss_param's ignore_label, None if it is not set."""
    loss = x.param.loss_param
    return loss.ignore_label if loss.HasField("ignore_label") else None


def loss_divisor(normalization: str | float, valid: torch.Tensor | None, total: int, n: int) -> Any:
    """What a loss is divided by, at least 1.

    normalization: VALID: the labels marked in `valid` (None: all); FULL: all; BATCH_SIZE: n;
    NONE: 1; or the number itself.
    """
    if normalization == "VALID" and valid is not None:
        return valid.sum().clamp(min=1)
    if isinstance(normalization, float):
        return max(1.0, normalization)
    return max(1, {"VALID": total, "FULL": total, "BATCH_SIZE": n, "NONE": 1}[normalization])
