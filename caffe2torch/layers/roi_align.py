"""ROIAlign: values between pixels, at points of a grid in each region (mscnn)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._rois import check_rois
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

PARAMS = "roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.5 pad_ratio: 0.1 }"


class ROIAlign(Layer):
    """Bilinear values at the corners of the bins of each region; points outside of x give 0.

    Shape:    x (N, C, H, W), rois (R, 5) of image and x1, y1, x2, y2 in pixels ->
              (R, C, pooled_h + 1, pooled_w + 1); by roi_align_param (R, C, pooled_h, pooled_w)
    Params:   roi_pooling_param pooled_h [0] and pooled_w [0] in bins, both > 0; spatial_scale [1];
              pad_ratio [0], by which a region grows on each side
    Weights:  none
    Differs:  roi_align_param, of other forks, which sample in other ways, is refused
    Raises:   ShapeError if x is not 4-D, a region has not 5 numbers, or a size is missing
    Source:   Cai and Vasconcelos, Cascade R-CNN (2018); cascade-rcnn
              src/caffe/layers/roi_align_layer.cu, ROIAlignForward
    """

    type = "ROIAlign"
    origin = "mscnn"
    bottoms = 2
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "roi_pooling_param"
    examples = (Example(PARAMS, bottoms=[(2, 3, 8, 9), (4, 5)], integer=(1,), classes=2),)

    def shapes(self, x: Site) -> list[Shape]:
        check_rois(x)
        regions, channels = x.bottoms[1][0], x.bottoms[0][1]
        if x.param.HasField("roi_align_param"):
            other = x.param.roi_align_param
            return [(regions, channels, other.pooled_h, other.pooled_w)]
        param = x.param.roi_pooling_param
        if not (param.pooled_h and param.pooled_w):
            raise ShapeError(
                f"pooled_h {param.pooled_h} and pooled_w {param.pooled_w} must be above 0",
                field="roi_pooling_param.pooled_h",
            )
        return [(regions, channels, param.pooled_h + 1, param.pooled_w + 1)]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom == 0

    def label_range(self, x: Site, bottom: int) -> int | None:
        return 1 if bottom == 1 else None  # a region of zeros is always one of item 0

    def code(self, x: Site) -> Code:
        param = x.param.roi_pooling_param
        return op(
            align_regions,
            bins=(param.pooled_h, param.pooled_w),
            scale=param.spatial_scale,
            pad=param.pad_ratio,
        )


def align_regions(
    x: torch.Tensor, rois: torch.Tensor, bins: tuple[int, int], scale: float, pad: float
) -> torch.Tensor:
    """Values (R, C, h + 1, w + 1) of (N, C, H, W) at the corners of h × w bins of each region."""
    rois = rois.detach().reshape(-1, 5)
    columns = grid_points(rois[:, 1], rois[:, 3], bins[1], x.shape[3], scale, pad)
    rows = grid_points(rois[:, 2], rois[:, 4], bins[0], x.shape[2], scale, pad)
    image = rois[:, 0].long()[:, None, None]
    value = x.new_zeros(())
    for row, high in rows[:2]:
        for column, wide in columns[:2]:
            weight = high[:, :, None] * wide[:, None, :]
            place = x[image, :, row[:, :, None], column[:, None, :]]
            value = value + place * weight[..., None]
    inside = (rows[2][0][:, :, None] & columns[2][0][:, None, :]) * (
        rows[2][1] * columns[2][1]
    ).reshape(-1, 1, 1)
    return (value * inside[..., None]).permute(0, 3, 1, 2)


def grid_points(
    low: torch.Tensor, high: torch.Tensor, bins: int, size: int, scale: float, pad: float
) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
    """Pixels below and above each point of a side, with weights, and which are inside.

    low, high: ends (R) of a side of the regions; the result is ((R, bins + 1), same) for the pixel
    below and the one above, then (R, bins + 1) of points inside and (R) of sides longer than 0.
    """
    grown = (high - low + 1) * pad
    start, end = (low - grown) * scale - 0.5, (high + grown) * scale - 0.5
    steps = torch.arange(bins + 1, device=low.device, dtype=low.dtype)
    points = start[:, None] + steps * ((end - start) / bins)[:, None]
    inside = (points >= -0.5) & (points <= size - 0.5)
    below = points.floor()
    near = below.clamp(0, size - 1)
    part = points.clamp(0, size - 1) - near
    above = (below + 1).clamp(0, size - 1)
    return (near.long(), 1 - part), (above.long(), part), (inside, end > start)
