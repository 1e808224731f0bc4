"""PriorBox: the default boxes of a feature map (SSD)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

EXAMPLE = "prior_box_param { min_size: 4 max_size: 9 aspect_ratio: 2 clip: true }"
FOUR = "variance: [0.1, 0.1, 0.2, 0.2] step: 2 img_size: 8"


class PriorBox(Layer):
    """Boxes of fixed sizes around the centre of every pixel of a feature map.

    Shape:    x (N, C, H, W), image (N, c, h, w) -> (1, 2, H * W * P * 4): corners of the boxes as
              fractions of the image, then their variances. P boxes a pixel, for each min_size:
              the square, with max_size the square of the geometric mean, then the other ratios
    Params:   min_size, max_size in pixels of the image; aspect_ratio; flip [true] adds 1/ratio;
              clip [false] to 0..1; variance, one or four; img_size or img_h, img_w instead of
              the image's; step or step_h, step_w in pixels; offset [0.5] in pixels of x
    Weights:  none
    Differs:  a max_size equal to min_size is allowed, as in early SSD; sizes are whole pixels
              (fractions are cut off), as in SSD
    Raises:   ShapeError for a size, ratio, step or variance that SSD refuses
    Source:   Liu et al., SSD (2016), section 2.2; SSD's caffe prior_box_layer.cpp
    """

    type = "PriorBox"
    origin = "ssd"
    bottoms = 2
    param_field = "prior_box_param"
    examples = (
        Example(EXAMPLE, bottoms=[(2, 3, 4, 5), (2, 3, 16, 20)]),
        Example(f"prior_box_param {{ min_size: 3 {FOUR} }}", bottoms=[(1, 3, 2, 2), (1, 3, 9, 9)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        for name, shape in zip(x.bottom_names, x.bottoms, strict=True):
            if len(shape) != 4:
                raise ShapeError(f"bottom {name!r} of shape {shape} is not 4-D", field="bottom")
        h, w = x.bottoms[0][2:]
        return [(1, 2, h * w * len(box_sizes(x)) * 4)]

    def code(self, x: Site) -> Code:
        return op(
            prior_boxes,
            sizes=tuple(box_sizes(x)),
            image_size=_pair(x, "img_h", "img_w", "img_size"),
            steps=_pair(x, "step_h", "step_w", "step"),
            offset=x.param.prior_box_param.offset,
            clip=x.param.prior_box_param.clip,
            variance=_variance(x),
        )


def box_sizes(x: Site) -> list[tuple[float, float]]:
    """Width and height in pixels of the boxes around one pixel, in SSD's order."""
    param = x.param.prior_box_param
    _check_sizes(x)
    ratios = _ratios(x)
    sizes: list[tuple[float, float]] = []
    for k, least in enumerate(map(int, param.min_size)):
        sizes.append((least, least))
        if param.max_size:
            mean = math.sqrt(least * int(param.max_size[k]))
            sizes.append((mean, mean))
        sizes += [(least * math.sqrt(ratio), least / math.sqrt(ratio)) for ratio in ratios]
    return sizes


def _check_sizes(x: Site) -> None:
    least, most = x.param.prior_box_param.min_size, x.param.prior_box_param.max_size
    if not least or min(least) <= 0:
        raise ShapeError("min_size must be given and positive", field="prior_box_param.min_size")
    if most and len(most) != len(least):
        raise ShapeError(
            f"{plural(len(most), 'max_size')} for {plural(len(least), 'min_size')}",
            field="prior_box_param.max_size",
            hint="write max_size once per min_size, or not at all",
        )
    for low, high in zip(least, most, strict=False):
        if high < low:
            raise ShapeError(
                f"max_size {high:g} is less than min_size {low:g}",
                field="prior_box_param.max_size",
            )


def _ratios(x: Site) -> list[float]:
    """The aspect ratios other than 1, without repetition, each with its inverse if flipped."""
    ratios = [1.0]
    for ratio in x.param.prior_box_param.aspect_ratio:
        if ratio <= 0:
            raise ShapeError(
                f"aspect_ratio {ratio:g} is not positive", field="prior_box_param.aspect_ratio"
            )
        if all(abs(ratio - other) >= 1e-6 for other in ratios):
            ratios.append(ratio)
            if x.param.prior_box_param.flip:
                ratios.append(1 / ratio)
    return [ratio for ratio in ratios if abs(ratio - 1) >= 1e-6]


def _pair(x: Site, height: str, width: str, both: str) -> tuple[float, float] | None:
    """Height and width as written apart or in one field; None if neither is."""
    param = x.param.prior_box_param
    apart = param.HasField(height) or param.HasField(width)
    if apart and param.HasField(both):
        raise ShapeError(
            f"{both} and {height} or {width} are both given", field=f"prior_box_param.{both}"
        )
    if not apart and not param.HasField(both):
        return None
    values = (getattr(param, height if apart else both), getattr(param, width if apart else both))
    for field, value in zip((height, width) if apart else (both, both), values, strict=True):
        if value <= 0:
            raise ShapeError(f"{field} is not positive", field=f"prior_box_param.{field}")
    return values


def _variance(x: Site) -> tuple[float, ...]:
    values = list(x.param.prior_box_param.variance) or [0.1]
    if len(values) not in (1, 4) or min(values) <= 0:
        raise ShapeError(
            f"variance is {', '.join(f'{value:g}' for value in values)}",
            field="prior_box_param.variance",
            hint="write one or four positive variances",
        )
    return tuple(values) if len(values) == 4 else tuple(values * 4)


def prior_boxes(
    x: torch.Tensor,
    image: torch.Tensor,
    sizes: tuple[tuple[float, float], ...],
    image_size: tuple[float, float] | None,
    steps: tuple[float, float] | None,
    offset: float,
    clip: bool,
    variance: tuple[float, ...],
) -> torch.Tensor:
    """Corners and variances (1, 2, H * W * P * 4) of P boxes (width, height) a pixel of x."""
    kind = torch.zeros((), device=x.device, dtype=torch.promote_types(x.dtype, torch.float32))
    high, wide = image_size or image.shape[2:]
    step_h, step_w = steps or (high / x.shape[2], wide / x.shape[3])
    y_center = (torch.arange(x.shape[2]).to(kind) + offset) * step_h
    x_center = (torch.arange(x.shape[3]).to(kind) + offset) * step_w
    center = torch.stack(torch.meshgrid(x_center, y_center, indexing="xy"), dim=-1)[:, :, None]
    half = kind.new_tensor(sizes) / 2
    boxes = torch.cat((center - half, center + half), dim=-1)
    boxes = boxes / kind.new_tensor((wide, high, wide, high))
    if clip:
        boxes = boxes.clamp(0, 1)
    spread = kind.new_tensor(variance).expand_as(boxes)
    return torch.stack((boxes.flatten(), spread.flatten()))[None]
