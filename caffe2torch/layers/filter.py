"""Filter: only the items that a selector keeps."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Count, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Filter(Layer):
    """The items of each bottom whose entry in the last bottom, the selector, is not 0.

    Shape:    x_i (N, ...), selector (N[, 1, ...]) -> (M, ...) a bottom but the last, M <= N
    Params:   none
    Weights:  none
    Differs:  nothing; the shape rule says N, as Caffe's first Reshape does
    Raises:   ShapeError unless there is one top per bottom but the last, and one selector value
              an item; in place
    Source:   Caffe src/caffe/layers/filter_layer.cpp
    """

    type = "Filter"
    bottoms, tops = (2, None), (1, None)
    keeps_output = False
    no_gradient = {-1: "cannot run backward to its selector"}
    examples = (
        Example(bottoms=[(4, 3), (4,)], integer=(1,), classes=2),
        Example(bottoms=[(4, 3), (4, 1, 2), (4, 1)], tops=2, integer=(2,), classes=2),
    )

    def counts(self, x: Site) -> tuple[Count, Count]:
        return self.bottoms, max(1, len(x.bottom_names) - 1)

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        selector = x.bottoms[-1]
        n = selector[x.axis(0, "bottom", len(x.bottoms) - 1)]
        if math.prod(selector[1:]) != 1:
            raise ShapeError(
                f"selector {x.bottom_names[-1]!r} has shape {selector}, and one number an item is "
                "wanted",
                field="bottom",
                hint=f"give shape ({n},) or ({n}, 1, 1, 1)",
            )
        for i, (name, shape) in enumerate(zip(x.bottom_names[:-1], x.bottoms, strict=False)):
            if shape[x.axis(0, "bottom", i)] != n:
                raise ShapeError(
                    f"bottom {name!r} of shape {shape} and a selector for {plural(n, 'item')}",
                    field="bottom",
                    hint="all bottoms need the same first dimension",
                )
        return x.bottoms[:-1]

    def label_range(self, x: Site, bottom: int) -> int | None:
        return 2 if bottom == len(x.bottoms) - 1 else None

    def code(self, x: Site) -> Code:
        return op(filter_items)


def filter_items(*bottoms: torch.Tensor) -> Any:
    """The items of all bottoms but the last (N, ...) where the last (N, ...) is not 0."""
    keep = bottoms[-1].reshape(-1) != 0
    kept = tuple(bottom[keep] for bottom in bottoms[:-1])
    return kept[0] if len(kept) == 1 else kept
