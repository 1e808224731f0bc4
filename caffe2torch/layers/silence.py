"""Silence: takes blobs that nothing else reads, so that they are no outputs of the net."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Shape, Site


class Silence(Layer):
    """Nothing: its bottoms end here, with a gradient of 0.

    Shape:    any number of bottoms (any) -> nothing
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   Caffe src/caffe/layers/silence_layer.cpp
    """

    type = "Silence"
    bottoms, tops = (1, None), 0
    silent = True
    examples = (Example(bottoms=[(2, 3), (4,)], tops=0),)

    def shapes(self, x: Site) -> list[Shape]:
        return []
