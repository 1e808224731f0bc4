"""FrcnnVidData: frames of videos with their objects (frcnn)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class FrcnnVidData(Layer):
    """An image a step, its longer side at most 1000 pixels, with its objects.

    Shape:    nothing -> images (1, 3, 600, 1000), height, width and scale (1, 3, 1, 1), objects
              (G, 5, 1, 1)
    Params:   window_data_param source, config, root_folder
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   makefile/frcnn src/caffe/FRCNN/frcnn_vid_data_layer.cpp
    """

    type = "FrcnnVidData"
    origin = "frcnn"
    bottoms, tops = 0, 3
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "window_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of objects")

    def assumed(self, x: Site) -> list[Shape]:
        return [(1, 3, 600, 1000), (1, 3, 1, 1), (1, 5, 1, 1)]
