"""The boxes of YOLO's region output, shared by its loss, its detections and their evaluation."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Site
from caffe2torch.layers.lazy import torch


def check_regions(
    x: Site, anchors: int, classes: int, biases: int, field: str, more: bool = False
) -> None:
    """Raise ShapeError unless the channels are anchors * (5 + classes), with two biases each.

    more: the anchors may have channels for more classes.
    """
    shape = x.bottoms[0]
    if anchors < 1 or classes < 1:
        raise ShapeError(
            f"{anchors} anchors and {classes} classes; both must be 1 or more", field=field
        )
    wanted = anchors * (5 + classes)
    enough = more and len(shape) == 4 and shape[1] > wanted and shape[1] % anchors == 0
    if not enough and (len(shape) != 4 or shape[1] != wanted):
        raise ShapeError(
            f"bottom {x.bottom_names[0]!r} has shape {shape}, not (N, {wanted}, H, W)",
            field="bottom",
            hint=f"each of {anchors} anchors needs 4 coordinates, 1 objectness, {classes} classes",
        )
    if biases < 2 * anchors:
        raise ShapeError(
            f"{biases} biases for {anchors} anchors",
            field=f"{field}.biases",
            hint="write width and height of each anchor, in cells",
        )


def split_regions(x: torch.Tensor, anchors: int) -> torch.Tensor:
    """(N, A * (5 + C), H, W) -> (N, H, W, A, 5 + C): x, y, w, h, objectness, classes."""
    n, _, h, w = x.shape
    return x.reshape(n, anchors, -1, h, w).permute(0, 3, 4, 1, 2)


def region_boxes(cells: torch.Tensor, biases: tuple[float, ...]) -> torch.Tensor:
    """Corners (N, H, W, A, 4) of the boxes of `split_regions`, in fractions of the image.

    biases: width and height of each anchor in cells, one after the other.
    Source: Redmon, Farhadi, YOLO9000 (2016), section 2 (direct location prediction)
    """
    h, w, a = cells.shape[1:4]
    anchor = cells.new_tensor(biases)[: 2 * a].view(a, 2)
    row = torch.arange(h, dtype=cells.dtype, device=cells.device)
    column = torch.arange(w, dtype=cells.dtype, device=cells.device)
    corner = torch.stack(torch.meshgrid(column, row, indexing="xy"), dim=-1)
    grid = cells.new_tensor([w, h])
    center = (corner[:, :, None] + cells[..., :2].sigmoid()) / grid
    half = cells[..., 2:4].exp() * anchor / grid / 2
    return torch.cat((center - half, center + half), dim=-1)
