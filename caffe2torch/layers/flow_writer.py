"""FLOWWriter: writes flows to files (flownet2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class FLOWWriter(Layer):
    """Files of flows.

    Shape:    flow (N, 2, H, W) -> nothing
    Params:   writer_param file, folder, prefix, suffix
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   flownet2 src/caffe/layers/flo_writer_layer.cpp
    """

    type = "FLOWWriter"
    aliases = ("PFMWriter",)
    origin = "flownet2"
    bottoms, tops = (1, None), 0
    shapes_only = True
    roles = frozenset({Role.RESULT})
    side_effects = True
    param_field = "writer_param"

    def shapes(self, x: Site) -> list[Shape]:
        return []

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "it writes files")
