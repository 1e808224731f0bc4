"""ImageGtData: images and, for each map of a detector, its labels (mscnn)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class ImageGtData(Layer):
    """Images listed in a file, cropped, with the label maps that MS-CNN trains on.

    Shape:    nothing -> images (batch_size, 3, H, W), for each downsample_rate labels
              (batch_size, coord_num + 2, H / rate, W / rate)[, objects (1, 7, 1, 1)]
    Params:   batch_size; resize_width, resize_height; crop_width, crop_height; downsample_rate;
              coord_num; output_gt_boxes
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Cai et al., MS-CNN (2016); mscnn src/caffe/layers/image_gt_data_layer.cpp
    """

    type = "ImageGtData"
    origin = "mscnn"
    bottoms, tops = 0, (2, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "image_gt_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of objects")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.image_gt_data_param
        h = param.crop_height or param.resize_height or 480
        w = param.crop_width or param.resize_width or 640
        n, channels = param.batch_size, 2 + param.coord_num
        shapes: list[Shape] = [(n, 3, h, w)]
        for rate in param.downsample_rate:
            shapes.append((n, channels, int(h / rate + 0.5), int(w / rate + 0.5)))
        return [*shapes, (1, 7, 1, 1)][: x.n_tops]
