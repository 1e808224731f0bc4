"""Files that give labels new classes: number i of the file is the class of label i (yjxiong)."""

from __future__ import annotations

import math
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import DataError, ShapeError
from caffe2torch.layers.base import Site

FIELD = "label_transform_param.label_transform_file"


def check_scores(x: Site) -> None:
    """Raise ShapeError unless a file is named and there is one label for each row of scores."""
    scores, labels = x.bottoms
    if not x.param.label_transform_param.label_transform_file:
        raise ShapeError(
            "no file of new labels is named",
            field=FIELD,
            hint="write one: a text file whose number i is the class of label i, or -1",
        )
    if len(scores) < 2 or math.prod(scores[2:]) != 1 or math.prod(labels) != scores[0]:
        raise ShapeError(
            f"takes scores (N, C) and labels (N,), not {scores} and {labels}",
            field="bottom",
            hint="put an InnerProduct layer in front",
        )


def new_classes(x: Site) -> list[int]:
    """The numbers of the file.

    Raises DataError if it cannot be read, ShapeError if its classes are not those of the scores.
    """
    source = x.param.label_transform_param.label_transform_file
    path = Path(resolve(source, x.base))
    try:
        classes = [int(word) for word in inputs.read_text(path).split()]
    except (OSError, ValueError) as error:
        reason = f"file of new labels {source!r} cannot be read: {error}"
        raise DataError(reason, hint=places(source, x.base)) from None
    wanted, kept = x.bottoms[0][1], {k for k in classes if k >= 0}
    if kept != set(range(wanted)):
        raise ShapeError(
            f"the new labels of {source!r} are {len(kept)} different ones up to "
            f"{max(kept, default=-1)}, and there are {wanted} scores",
            field=FIELD,
            hint=f"each number from 0 to {wanted - 1} must be there, and no other but -1",
        )
    return classes
