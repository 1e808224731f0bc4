"""MemoryData: batches of arrays that a program hands over."""

from __future__ import annotations

from caffe2torch.layers._data import probed
from caffe2torch.layers.base import Example, Layer, Shape, Site


class MemoryData(Layer):
    """Images and labels that the calling program sets.

    Shape:    nothing -> images (batch_size, channels, height, width), labels (batch_size)
    Params:   batch_size, channels, height and width, all required
    Weights:  none
    Differs:  nothing; transform_param has no effect on arrays, as in Caffe, and the labels of a
              batch are (batch_size, 1, 1, 1)
    Raises:   ShapeError if a size is missing
    Source:   Caffe src/caffe/layers/memory_data_layer.cpp
    """

    type = "MemoryData"
    bottoms, tops = 0, 2
    source = True
    certain = (1,)
    param_field = "memory_data_param"
    examples = (
        Example("memory_data_param { batch_size: 2 channels: 3 height: 4 width: 5 }", tops=2),
    )

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x)
