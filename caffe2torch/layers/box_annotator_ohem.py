"""BoxAnnotatorOHEM: keeps the hardest regions of each image for training (R-FCN)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

EXAMPLE = "box_annotator_ohem_param { roi_per_img: 2 ignore_label: -1 }"


class BoxAnnotatorOHEM(Layer):
    """Labels and box weights of the regions with the largest losses; the others are ignored.

    Shape:    rois (R, 5), loss (R, 1), label (R, 1), box weights (R, K), all with the same
              spatial axes, if any -> label (R, 1, H, W), box weights (R, K, H, W)
    Params:   roi_per_img > 0, regions kept of each image; ignore_label [-1], the label of others
    Weights:  none
    Differs:  of equal losses the first is kept (R-FCN leaves their order to the sort)
    Raises:   ShapeError if the bottoms do not fit together or roi_per_img is not positive
    Source:   Dai et al., R-FCN (2016), section 2.2; R-FCN's box_annotator_ohem_layer.cpp
    """

    type = "BoxAnnotatorOHEM"
    origin = "r-fcn"
    bottoms, tops = 4, 2
    param_field = "box_annotator_ohem_param"
    examples = (
        Example(
            EXAMPLE, bottoms=[(5, 5), (5, 1, 1, 1), (5, 1, 1, 1), (5, 8)], tops=2, integer=(0, 2)
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if x.param.box_annotator_ohem_param.roi_per_img <= 0:
            raise ShapeError(
                "roi_per_img is not positive", field="box_annotator_ohem_param.roi_per_img"
            )
        n, _, h, w = (*x.shape(0, 2, 4), 1, 1)[:4]
        channels = (5, 1, 1, x.shape(3, 2, 4)[1])
        for name, bottom, c in zip(x.bottom_names, x.bottoms, channels, strict=True):
            if (*bottom, 1, 1, 1)[:4] != (n, c, h, w):
                raise ShapeError(
                    f"bottom {name!r} has shape {bottom}, not {(n, c, h, w)}",
                    field="bottom",
                    hint="bottoms are rois (5 channels), loss (1), label (1) and box weights",
                )
        return [(n, 1, h, w), (n, channels[3], h, w)]

    def code(self, x: Site) -> Code:
        param = x.param.box_annotator_ohem_param
        return op(annotate_boxes, roi_per_img=param.roi_per_img, ignore_label=param.ignore_label)


def annotate_boxes(
    rois: torch.Tensor,
    loss: torch.Tensor,
    label: torch.Tensor,
    weights: torch.Tensor,
    roi_per_img: int,
    ignore_label: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Keep roi_per_img regions of each image: (R, 5), (R, 1), (R, 1), (R, K) -> label, weights."""
    shape = (*weights.shape, 1, 1)[:4]
    image = rois.detach().reshape(shape[0], 5, -1)[:, 0].flatten()
    order = loss.detach().flatten().argsort(descending=True, stable=True)
    rank = (image[order, None] == image[order]).tril().sum(dim=1)
    kept = torch.zeros_like(image, dtype=torch.bool)
    kept[order] = rank <= roi_per_img
    kept = kept.view(shape[0], 1, *shape[2:])
    labels = label.detach().reshape(kept.shape)
    return labels.where(kept, ignore_label), weights.detach().reshape(shape) * kept
