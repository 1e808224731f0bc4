"""SimpleLayer: ten times its bottom (pycaffe's own test)."""

from __future__ import annotations

from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer


class SimpleLayer(KnownLayer):
    """10 · x.

    Shape:    x, any -> same
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   Caffe python/caffe/test/test_python_layer.py
    """

    names = (("test_python_layer", "SimpleLayer"),)

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        return Code(call="({0} * 10)")
