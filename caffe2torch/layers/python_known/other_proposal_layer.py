"""OtherProposalLayer: the ProposalLayer of a project that has its own."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer


class OtherProposalLayer(KnownLayer):
    """Regions that a region proposal network suggests, by a rule that is not known.

    Shape:    scores (1, any, H, W), offsets, image (1, 3) -> regions (R, 5), or (R, 6) of rotated
              ones[, scores (R, 1)]. R is known only then; the rule says 2000 in TRAIN, 300 in
              TEST
    Params:   param_str of its project
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ren et al., Faster R-CNN (2015), whose class of this name other projects changed:
              RRPN, SSH and more
    """

    origin = "Faster R-CNN's forks"
    names = (("proposal_layer", "ProposalLayer"), ("rproposal_layer", "ProposalLayer"))
    bottoms, tops = (3, None), (1, 2)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        rotated = "rotat" in x.param.python_param.module
        regions = 2000 if x.train else 300
        tops: list[Shape] = [(regions, 6 if rotated else 5), (regions, 1)]
        return tops[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "what it computes is its project's own")
