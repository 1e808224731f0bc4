"""StageBridgeLayer: regions of one stage become those of the next (MNC)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer, integer

SIDE = 21


class StageBridgeLayer(KnownLayer):
    """Regions moved by the offsets of the class they most likely show.

    Shape:    regions (R, 5), offsets, scores, ... -> regions (R, 5)[, in TRAIN labels (R, 1), mask
              targets and weights (R, 1, 21, 21), mask boxes (R, 4), targets and two weights
              (R, 4 * num_classes)]
    Params:   param_str num_classes
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dai et al. (2016); MNC lib/pylayer/stage_bridge_layer.py
    """

    origin = "MNC"
    names = (("pylayer.stage_bridge_layer", "StageBridgeLayer"),)
    bottoms, tops = (1, None), (1, None)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        r, columns = x.bottoms[0][0], 4 * integer(x, "num_classes", 21)
        masks = (r, 1, SIDE, SIDE)
        shapes = [(r, 5), (r, 1), masks, masks, (r, 4), *[(r, columns)] * 3]
        return (shapes + [(r, 4)] * x.n_tops)[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "it picks regions by the configuration of its project")
