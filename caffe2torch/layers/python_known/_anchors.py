"""Anchors, overlaps and box targets of py-faster-rcnn.

Source: py-faster-rcnn lib/rpn/generate_anchors.py and lib/fast_rcnn/bbox_transform.py
"""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Site
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.proposal import anchors_around
from caffe2torch.layers.python_known.base import settings

BASE = 16
RATIOS = (0.5, 1.0, 2.0)
SCALES = (8, 16, 32)


def anchors_of(x: Site) -> tuple[tuple[float, ...], ...]:
    """Left, top, right, bottom of the anchors around the first pixel, ratio by ratio.

    Raises: ShapeError if scales or ratios of the param_str are no list of positive numbers.
    """
    given = settings(x)
    lists = []
    for key, usual in (("ratios", RATIOS), ("scales", SCALES)):
        values = given.get(key, usual)
        try:
            lists.append([float(value) for value in values])
        except (TypeError, ValueError):
            lists.append([])
        if not lists[-1] or min(lists[-1]) <= 0:
            raise ShapeError(
                f"{key} of param_str is {values!r}, not positive numbers",
                field="python_param.param_str",
            )
    return tuple(anchors_around(int(given.get("base_size", BASE)), *lists))


def has_own_anchors(x: Site) -> bool:
    """Whether the scores in bottom 0 are of another number of anchors: a project's own ones.

    Such a project has changed generate_anchors, which no net says.
    """
    scores = x.shape(0, 4, 4)
    return scores[1] != 2 * len(anchors_of(x)) and scores[1] > 0 and scores[1] % 2 == 0


def refuse_own_anchors(x: Site) -> None:
    """Raise UnsupportedError for a layer with a project's own anchors, which is to run."""
    if has_own_anchors(x):
        refuse_to_run(x, f"its {x.bottoms[0][1] // 2} anchors are its project's own")


def shifted_anchors(
    like: torch.Tensor, anchors: tuple[tuple[float, ...], ...], stride: int, h: int, w: int
) -> torch.Tensor:
    """The anchors at each of h * w cells, (h * w * A, 4): rows, then columns, then anchors."""
    rows, columns = (stride * torch.arange(k, device=like.device) for k in (h, w))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    corners = torch.stack((x, y, x, y), -1).reshape(-1, 1, 4).to(like.dtype)
    return (corners + like.new_tensor(anchors)).reshape(-1, 4)


def box_offsets(boxes: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The offsets (K, 4) that move boxes (K, 4) onto targets (K, 4)."""
    size, wanted = (b[:, 2:] - b[:, :2] + 1 for b in (boxes, targets))
    step = (targets[:, :2] + wanted / 2 - boxes[:, :2] - size / 2) / size
    return torch.cat((step, (wanted / size).log()), 1)


def at_random(chosen: torch.Tensor, most: int) -> torch.Tensor:
    """At most `most` of the indices, drawn without putting back."""
    if len(chosen) <= most:
        return chosen
    return chosen[torch.randperm(len(chosen), device=chosen.device)[:most]]
