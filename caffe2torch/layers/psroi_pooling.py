"""PSROIPooling: position-sensitive average over a grid of bins in each region (R-FCN)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._rois import check_rois, round_half_away
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import torch

EXAMPLE = "psroi_pooling_param { spatial_scale: 0.5 output_dim: 2 group_size: 2 }"


class PSROIPooling(Layer):
    """Average of each bin of a region, every bin from channels of its own.

    Shape:    x (N, output_dim * group_size^2, H, W), rois (R, 5) or (R, 5, 1, 1)
              -> (R, output_dim, group_size, group_size)
    Params:   spatial_scale, pixels of x per pixel of the regions; output_dim > 0, in channels;
              group_size > 0, in bins a side
    Weights:  none
    Differs:  nothing; a bin outside of x gives 0. torchvision.ops.ps_roi_pool is not used, as it
              rounds the regions' corners, which R-FCN does not.
    Raises:   ShapeError if the channels are not output_dim * group_size^2, x is not 4-D, or a
              region has not 5 numbers
    Source:   Dai et al., R-FCN (2016); R-FCN's caffe psroi_pooling_layer.cu, PSROIPoolingForward
    """

    type = "PSROIPooling"
    origin = "r-fcn"
    bottoms = 2
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "psroi_pooling_param"
    examples = (Example(EXAMPLE, bottoms=[(2, 8, 6, 7), (3, 5)], integer=(1,), classes=2),)

    def shapes(self, x: Site) -> list[Shape]:
        check_rois(x)
        param = x.param.psroi_pooling_param
        for field in ("output_dim", "group_size"):
            if getattr(param, field) <= 0:
                raise ShapeError(
                    f"{field} is {getattr(param, field)}",
                    field=f"psroi_pooling_param.{field}",
                    hint=f"set {field} to a positive number",
                )
        wanted = param.output_dim * param.group_size**2
        if x.bottoms[0][1] != wanted:
            raise ShapeError(
                f"bottom {x.bottom_names[0]!r} has {x.bottoms[0][1]} channels, and output_dim * "
                f"group_size^2 is {wanted}",
                field="psroi_pooling_param.output_dim",
                hint="make the layer before it give that many channels",
            )
        return [(x.bottoms[1][0], param.output_dim, param.group_size, param.group_size)]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom == 0

    def label_range(self, x: Site, bottom: int) -> int | None:
        return 1 if bottom == 1 else None  # a region of zeros is always one of item 0

    def code(self, x: Site) -> Code:
        param = x.param.psroi_pooling_param
        scale = literal(param.spatial_scale)
        return Code(
            f"Op(psroi_pool, group_size={param.group_size}, spatial_scale={scale})",
        )


def psroi_pool(
    x: torch.Tensor, rois: torch.Tensor, group_size: int, spatial_scale: float
) -> torch.Tensor:
    """Position-sensitive pooling: (N, D*G*G, H, W), (R, 5) -> (R, D, G, G) with G = group_size."""
    rois = rois.detach().reshape(len(rois), 5).to(x.dtype)
    left, top, right, bottom = round_half_away(rois[:, 1:]).unbind(1)
    columns = bin_weights(left * spatial_scale, (right + 1) * spatial_scale, group_size, x.shape[3])
    rows = bin_weights(top * spatial_scale, (bottom + 1) * spatial_scale, group_size, x.shape[2])
    maps = x.reshape(len(x), -1, group_size, group_size, *x.shape[2:])
    pooled = [
        torch.einsum("dabhw,ah,bw->dab", maps[n], row, column)
        for n, row, column in zip(rois[:, 0].long().tolist(), rows, columns, strict=True)
    ]
    if not pooled:
        return x.new_zeros((0, maps.shape[1], group_size, group_size))
    return torch.stack(pooled)


def bin_weights(start: torch.Tensor, end: torch.Tensor, bins: int, length: int) -> torch.Tensor:
    """Weights (R, bins, length) that average the pixels of each bin of (R,) intervals."""
    step = ((end - start).clamp(min=0.1) / bins)[:, None]
    index = torch.arange(bins + 1, dtype=start.dtype, device=start.device)
    first = (index[:-1] * step + start[:, None]).floor().clamp(0, length)[..., None]
    last = (index[1:] * step + start[:, None]).ceil().clamp(0, length)[..., None]
    pixel = torch.arange(length, dtype=start.dtype, device=start.device)
    inside = (pixel >= first) & (pixel < last)
    return inside / (last - first).clamp(min=1)
