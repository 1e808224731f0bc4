"""RoIDataLayer: images with their boxes (Fast R-CNN's and Faster R-CNN's Python projects)."""

from __future__ import annotations

from caffe2torch.layers._data import probed, unread
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.python_known.base import KnownLayer, integer

MASK = 21


class RoIDataLayer(KnownLayer):
    """An image a step, its longer side at most 1000 pixels, with its objects or regions.

    Shape:    nothing -> by name: data (1, 3, 600, 1000), im_info (1, 3), gt_boxes (G, 5), rois
              (R, 5), labels (R), bbox_targets and weights (R, 4 * num_classes), masks of MNC
    Params:   param_str num_classes, with the background; of this program: voc, the folder of
              PASCAL VOC [data/VOCdevkit2007/VOC2007]; split [trainval]; classes, where they are
              not VOC's; scale 600 and max_size 1000 in pixels; flipped [true]
    Weights:  none
    Differs:  reads data, im_info and gt_boxes; regions and masks in a project's pickles are to
              be fed. Other random numbers; an image is resized by the ratio of whole sizes
    Raises:   DataError without the folder, or for other tops
    Source:   Girshick, Fast R-CNN (2015); py-faster-rcnn lib/roi_data_layer/layer.py, minibatch.py
    """

    origin = "py-faster-rcnn"
    names = (
        ("", "RoIDataLayer"),
        ("", "RoIDataDALayer"),
        ("", "MNCDataLayer"),
        ("", "CFMDataLayer"),
    )
    bottoms, tops = 0, (1, None)
    source = True

    def shapes(self, x: Site) -> list[Shape]:
        if x.param.python_param.layer != "RoIDataLayer":
            return unread(x, "masks and domains of a project's own")
        return probed(x)

    def assumed(self, x: Site) -> list[Shape]:
        columns = 4 * integer(x, "num_classes", 21)
        numbers = 6 if "rotation" in x.param.python_param.module else 5
        shapes: dict[str, Shape] = {
            "im_info": (1, 3), "gt_boxes": (1, numbers), "rois": (128, numbers), "labels": (128,),
            "box_label": (128, 1), "gt_masks": (1, MASK, MASK), "mask_info": (1, 3),
            "need_backprop": (1,), "dc_label": (1,),
        }  # fmt: skip
        return [
            shapes.get(top) or self._other(top, i, columns) for i, top in enumerate(x.top_names)
        ]

    def _other(self, top: str, index: int, columns: int) -> Shape:
        if "mask" in top:
            return (128, 1, MASK, MASK)
        if "bbox" in top or "weights" in top:
            return (128, columns)
        if "roi" in top or "box" in top:
            return (128, 5)
        image: Shape = (1, 3, 600, 1000)
        return image if index == 0 or "data" in top else (128,)
