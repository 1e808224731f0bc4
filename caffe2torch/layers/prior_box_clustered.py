"""PriorBoxClustered: default boxes of given widths and heights (OpenVINO)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.prior_box import _pair, _variance, prior_boxes

EXAMPLE = "width: 3 width: 5 height: 4 height: 2 offset: 0.5"


class PriorBoxClustered(Layer):
    """Boxes around the centre of every pixel of a feature map, sized as clusters of the truth are.

    Shape:    x (N, C, H, W), image (N, c, h, w) -> (1, 2, H * W * P * 4) with P widths: corners
              of the boxes as fractions of the image, then their variances
    Params:   width and height, one of each for every box, in pixels of the image; clip [false]
              to 0..1; variance, one or four; img_size or img_h, img_w instead of the image's;
              step or step_h, step_w in pixels; offset [0.5] in pixels of x
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for widths and heights that do not pair, or that are not positive
    Source:   OpenVINO's specification of PriorBoxClustered
    """

    type = "PriorBoxClustered"
    origin = "OpenVINO"
    bottoms = 2
    param_field = "prior_box_param"
    examples = (
        Example(f"prior_box_param {{ {EXAMPLE} }}", bottoms=[(2, 3, 4, 5), (2, 3, 16, 20)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        for name, shape in zip(x.bottom_names, x.bottoms, strict=True):
            if len(shape) != 4:
                raise ShapeError(f"bottom {name!r} of shape {shape} is not 4-D", field="bottom")
        h, w = x.bottoms[0][2:]
        return [(1, 2, h * w * len(_sizes(x)) * 4)]

    def code(self, x: Site) -> Code:
        return op(
            prior_boxes,
            sizes=_sizes(x),
            image_size=_pair(x, "img_h", "img_w", "img_size"),
            steps=_pair(x, "step_h", "step_w", "step"),
            offset=x.param.prior_box_param.offset,
            clip=x.param.prior_box_param.clip,
            variance=_variance(x),
        )


def _sizes(x: Site) -> tuple[tuple[float, float], ...]:
    param = x.param.prior_box_param
    wide, high = len(param.width), len(param.height)
    if wide != high or not wide:
        raise ShapeError(
            f"{plural(wide, 'width')} for {plural(high, 'height')}",
            field="prior_box_param.width",
            hint="write one width and one height for each box",
        )
    if min(*param.width, *param.height) <= 0:
        raise ShapeError("a width or height is not positive", field="prior_box_param.width")
    return tuple(zip(param.width, param.height, strict=True))
