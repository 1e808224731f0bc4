"""MncProposalTargetLayer: regions drawn for training with their classes, boxes and masks (MNC)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer, integer

SIDE = 21


class MncProposalTargetLayer(KnownLayer):
    """Regions of the proposed and the true ones, each with its targets.

    Shape:    regions (R, 5), objects, masks, ... -> by place: regions (R, 5), labels (R, 1),
              targets and two weights (R, 4 * num_classes), mask targets and weights
              (R, 1, 21, 21), mask boxes (R, 4) and indices (R, 4)
    Params:   param_str num_classes
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dai et al. (2016); MNC lib/pylayer/proposal_target_layer.py
    """

    origin = "MNC"
    names = (("pylayer.proposal_target_layer", "ProposalTargetLayer"),)
    bottoms, tops = (2, None), (5, None)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        r, columns = x.bottoms[0][0], 4 * integer(x, "num_classes", 21)
        masks, boxes = (r, 1, SIDE, SIDE), (r, 4)
        shapes = [(r, 5), (r, 1), *[(r, columns)] * 3, masks, masks, *[boxes] * 3]
        return (shapes + [boxes] * x.n_tops)[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "it draws masks by the configuration of its project")
