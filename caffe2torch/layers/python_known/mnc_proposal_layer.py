"""MncProposalLayer: the ProposalLayer of MNC, through which gradients go to the offsets."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer


class MncProposalLayer(KnownLayer):
    """Anchors moved by the predicted offsets, the likeliest kept apart.

    Shape:    scores (1, 2 * A, H, W), offsets (1, 4 * A, H, W), image (1, 3) -> regions (300, 5)[,
              where each came from (1, 300)]. The number of regions is known only when it runs
    Params:   param_str feat_stride; use_mnc
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dai et al. (2016); MNC lib/pylayer/proposal_layer.py
    """

    origin = "MNC"
    names = (("pylayer.proposal_layer", "ProposalLayer"),)
    bottoms, tops = (3, None), (1, 2)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        tops: list[Shape] = [(300, 5), (1, 300)]
        return tops[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its gradient goes by the configuration of its project")
