"""MultiFrameData: stacks of frames of videos (Hidden-Two-Stream)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class MultiFrameData(Layer):
    """Frames of a video one behind the other, listed in a file.

    Shape:    nothing -> frames (batch_size, 3 * new_length * num_segments, H, W), labels
              (batch_size)
    Params:   batch_size; new_length; num_segments; new_height, new_width; transform_param
              crop_size
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Hidden-Two-Stream caffe multi_frame_data_layer.cpp
    """

    type = "MultiFrameData"
    origin = "Hidden-Two-Stream"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "multi_frame_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of frames")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.multi_frame_data_param
        n, frames = param.batch_size, param.new_length * param.num_segments
        h, w = image(x, param)[1:]
        shapes: list[Shape] = [(n, 3 * frames, h, w), (n,)]
        return shapes[: x.n_tops]
