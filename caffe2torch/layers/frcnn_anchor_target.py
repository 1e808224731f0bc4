"""FrcnnAnchorTarget: what a region proposal network shall say of each anchor (frcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class FrcnnAnchorTarget(Layer):
    """Label and box target of each anchor, drawn at random.

    Shape:    scores (1, 2 * A, H, W), objects (G, 5), image (1, 3) -> labels (1, 1, A * H, W),
              targets and two weights (1, 4 * A, H, W)
    Params:   none; the fork reads its settings from a file
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   makefile/frcnn src/caffe/FRCNN/frcnn_anchor_target_layer.cpp
    """

    type = "FrcnnAnchorTarget"
    origin = "frcnn"
    bottoms, tops = (3, None), 4
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        c, h, w = x.bottoms[0][1:]
        return [(1, 1, c // 2 * h, w), *[(1, 2 * c, h, w)] * 3]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "the fork reads its settings from a file that the net does not name")
