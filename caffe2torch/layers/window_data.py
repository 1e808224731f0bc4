"""WindowData: batches of windows of images, objects and background (R-CNN)."""

from __future__ import annotations

from caffe2torch.layers._data import channels, probed
from caffe2torch.layers.base import Layer, Role, Shape, Site


class WindowData(Layer):
    """Random windows of a window file, a fixed share of them objects, warped to one size.

    Shape:    nothing -> windows (batch_size, C, crop_size, crop_size), labels (batch_size)
    Params:   source, the window file; batch_size; scale [1]; fg_threshold [0.5] and
              bg_threshold [0.5] on the overlap; fg_fraction [0.25] of objects; context_pad [0]
              in pixels of the window; crop_mode ["warp"] or "square"; cache_images [false];
              root_folder [""]; transform_param: crop_size, required, mirror and mean
    Weights:  none
    Differs:  nothing; transform_param's scale has no effect, as in Caffe
    Raises:   DataError if the window file cannot be read; ShapeError without crop_size
    Source:   Girshick et al., R-CNN (2014); Caffe src/caffe/layers/window_data_layer.cpp
    """

    type = "WindowData"
    bottoms, tops = 0, 2
    source = True
    certain = (1,)
    roles = frozenset({Role.IMAGES})
    scale_field = "window_data_param.scale"
    ignored = ("mean_file", "crop_size", "mirror")
    fills_crop = True
    param_field = "window_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x, x.param.window_data_param)

    def assumed(self, x: Site) -> list[Shape]:
        window = x.param.window_data_param
        n, size = window.batch_size or 1, x.param.transform_param.crop_size
        return [(n, channels(x, window, 3), size, size), (n,)]
