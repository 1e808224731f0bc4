"""DetectionData: images and, for each stride of a detector, its labels (cascade-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class DetectionData(Layer):
    """Images listed in a file, resized or cropped, with label maps for training.

    Shape:    nothing -> images (batch_size, 3, H, W), for each stride labels (batch_size,
              coord_num + 2, H / stride, W / stride)[, objects (1, 8, 1, 1)]
    Params:   batch_size; short_size, long_size; resize_width, resize_height; crop_width,
              crop_height; stride; coord_num; output_gt_boxes
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Cai and Vasconcelos, Cascade R-CNN (2018); cascade-rcnn
              src/caffe/layers/detection_data_layer.cpp
    """

    type = "DetectionData"
    origin = "cascade-rcnn"
    bottoms, tops = 0, (2, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "detection_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of objects")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.detection_data_param
        h = (
            param.crop_height
            or param.crop_long_size
            or param.resize_height
            or param.long_size
            or 600
        )
        w = (
            param.crop_width
            or param.crop_short_size
            or param.resize_width
            or param.short_size
            or 1000
        )
        n, channels = param.batch_size, 2 + param.coord_num
        shapes: list[Shape] = [(n, 3, h, w)]
        for stride in param.stride:
            shapes.append((n, channels, int(h / stride + 0.5), int(w / stride + 0.5)))
        return [*shapes, (1, 8, 1, 1)][: x.n_tops]
