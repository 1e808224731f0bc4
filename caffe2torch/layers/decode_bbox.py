"""DecodeBBox: regions moved by the predicted offsets (mscnn)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class DecodeBBox(Layer):
    """The regions of the next stage: those of this one, moved by their offsets.

    Shape:    offsets (R, 8), of which the last 4 count; regions (R, 5)[, in TRAIN true boxes
              (R, any) whose last column is their overlap] -> regions (R, 5). In TRAIN boxes that
              are turned inside out and those of an overlap of gt_iou_thr or more are left out
    Params:   decode_bbox_param gt_iou_thr; bbox_reg_param bbox_mean and bbox_std, 4 each
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for sizes that do not fit; ValueError in forward if no region is left
    Source:   Cai and Vasconcelos (2018); cascade-rcnn src/caffe/layers/decode_bbox_layer.cpp
    """

    type = "DecodeBBox"
    origin = "mscnn"
    bottoms = (2, 3)
    backward = "cannot run backward"
    param_field = "decode_bbox_param"

    def shapes(self, x: Site) -> list[Shape]:
        offsets, regions = (tuple((*shape, 1)[:2]) for shape in x.bottoms[:2])
        if offsets != (regions[0], 8) or regions[1] != 5:
            raise ShapeError(
                f"takes offsets (R, 8) and regions (R, 5), got {x.bottoms[0]} and {x.bottoms[1]}",
                field="bottom",
            )
        return [x.bottoms[1]]

    def code(self, x: Site) -> Code:
        reg = x.param.bbox_reg_param
        means, spreads = tuple(reg.bbox_mean) or (0.0,) * 4, tuple(reg.bbox_std) or (1.0,) * 4
        if len(means) != 4 or len(spreads) != 4 or min(spreads) <= 0:
            raise ShapeError("bbox_mean and bbox_std take 4 numbers", field="bbox_reg_param")
        most = x.param.decode_bbox_param.gt_iou_thr
        return op(decode_regions, means=means, spreads=spreads, train=x.train, most=most)


def decode_regions(
    offsets: torch.Tensor, regions: torch.Tensor, *truth: torch.Tensor,
    means: tuple[float, ...], spreads: tuple[float, ...], train: bool, most: float,
) -> torch.Tensor:  # fmt: skip
    """Regions (K, 5) like the given ones, moved by the last 4 of 8 offsets."""
    r = len(regions)
    old = regions.detach().reshape(r, 5)
    moves = offsets.detach().reshape(r, 8)[:, 4:] * old.new_tensor(spreads) + old.new_tensor(means)
    size = old[:, 3:] - old[:, 1:3] + 1
    middle = old[:, 1:3] + size / 2 + moves[:, :2] * size
    wide = moves[:, 2:].exp() * size
    boxes = torch.cat((middle - wide / 2, middle + wide / 2 - 1), 1)
    keep = torch.ones(r, dtype=torch.bool, device=old.device)
    if train:
        keep = (boxes[:, :2] <= boxes[:, 2:]).all(1)
    if train and truth:
        keep &= truth[0].detach().reshape(r, -1)[:, -1] < most
    if not keep.any():
        raise ValueError("DecodeBBox has no region left")
    new = torch.cat((old[:, :1], boxes), 1)[keep]
    return new.reshape(-1, *regions.shape[1:])
