"""ROIPooling: the maximum over a grid of bins in each region of interest (Fast R-CNN)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._rois import check_rois, round_half_away, torchvision_ops
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import torch

EXAMPLE = "roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.5 }"


class ROIPooling(Layer):
    """Maximum over a pooled_h x pooled_w grid of bins in each region of interest.

    Shape:    x (N, C, H, W), rois (R, 5) or (R, 5, 1, 1) -> (R, C, pooled_h, pooled_w);
              a region is the index of its image and x1, y1, x2, y2 in pixels, ends included
    Params:   pooled_h [0], pooled_w [0] in bins, both > 0, or pooled_size (one number, or height
              and width); spatial_scale [1], pixels of x per pixel of the regions
    Weights:  none
    Differs:  nothing; a bin outside of x gives 0. torchvision.ops.roi_pool computes it where it
              can be imported, else the same in plain torch. Intel's 5-D bottoms are refused.
    Raises:   ShapeError if x is not 4-D, a region has not 5 numbers, or a size is missing
    Source:   Girshick, Fast R-CNN (2015); py-faster-rcnn's caffe roi_pooling_layer.cpp
    """

    type = "ROIPooling"
    origin = "fast-rcnn"
    bottoms = 2
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "roi_pooling_param"
    examples = (
        Example(EXAMPLE, bottoms=[(2, 3, 8, 9), (4, 5)], integer=(1,), classes=2),
        Example(EXAMPLE, bottoms=[(1, 2, 5, 5), (1, 5, 1, 1)], integer=(1,), classes=1),
    )

    def shapes(self, x: Site) -> list[Shape]:
        check_rois(x)
        return [(x.bottoms[1][0], x.bottoms[0][1], *pooled_size(x))]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom == 0

    def label_range(self, x: Site, bottom: int) -> int | None:
        return 1 if bottom == 1 else None  # a region of zeros is always one of item 0

    def code(self, x: Site) -> Code:
        pooled_h, pooled_w = pooled_size(x)
        scale = literal(x.param.roi_pooling_param.spatial_scale)
        return Code(
            f"Op(roi_pool, pooled_h={pooled_h}, pooled_w={pooled_w}, spatial_scale={scale})",
        )


def pooled_size(x: Site) -> tuple[int, int]:
    """Rows and columns of the grid of bins."""
    param = x.param.roi_pooling_param
    if len(param.pooled_size) > 2:
        raise ShapeError(
            f"pooled_size is written {len(param.pooled_size)} times",
            field="roi_pooling_param.pooled_size",
            hint="write it once, or height and width",
        )
    both = list(param.pooled_size)
    pooled_h, pooled_w = (both[0], both[-1]) if both else (param.pooled_h, param.pooled_w)
    for field, value in (("pooled_h", pooled_h), ("pooled_w", pooled_w)):
        if value <= 0:
            raise ShapeError(
                f"{field} is {value}",
                field=f"roi_pooling_param.{field}",
                hint=f"set {field} to a positive number of bins",
            )
    return pooled_h, pooled_w


def roi_pool(
    x: torch.Tensor, rois: torch.Tensor, pooled_h: int, pooled_w: int, spatial_scale: float
) -> torch.Tensor:
    """Max pooling of each region: (N, C, H, W), (R, 5) -> (R, C, pooled_h, pooled_w)."""
    rois = rois.detach().reshape(len(rois), 5).to(x.dtype)
    ops = torchvision_ops()
    if ops is not None:
        result: torch.Tensor = ops.roi_pool(x, rois, (pooled_h, pooled_w), spatial_scale)
        return result
    corners = round_half_away(rois[:, 1:] * spatial_scale)
    images = rois[:, 0].long().tolist()
    pooled = [
        max_in_bins(max_in_bins(x[n], left, right, pooled_w), top, bottom, pooled_h)
        for n, (left, top, right, bottom) in zip(images, corners, strict=True)
    ]
    if not pooled:
        return x.new_zeros((0, x.shape[1], pooled_h, pooled_w))
    return torch.stack(pooled)


def max_in_bins(
    x: torch.Tensor, first: torch.Tensor, last: torch.Tensor, bins: int
) -> torch.Tensor:
    """Maximum of x (C, L, W) over bins along the last axis, which comes second: (C, bins, L).

    first, last: pixels at which the region starts and ends. The bin edges are rounded in the
    dtype of x, as in Caffe. Equal values: the first one gets the gradient.
    """
    size = (last - first + 1).clamp(min=1)
    index = torch.arange(bins + 1, dtype=x.dtype, device=x.device)
    starts = ((index[:-1] * (size / bins)).floor() + first).clamp(0, x.shape[-1]).long()
    ends = ((index[1:] * (size / bins)).ceil() + first).clamp(0, x.shape[-1]).long()
    empty = x.new_zeros(x.shape[:-1])
    return torch.stack(
        [
            x[..., start:end].max(dim=-1).values if end > start else empty
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ],
        dim=1,
    )
