"""OtherProposalTargetLayer: the ProposalTargetLayer of a project that has its own."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer, integer


class OtherProposalTargetLayer(KnownLayer):
    """Regions drawn for training, with classes and boxes, by a rule that is not known.

    Shape:    regions, objects, ... -> regions (128, 5), labels (128, 1, 1, 1), targets and weights
              (128, 4 * num_classes); of rotated boxes 6 and 5 * num_classes
    Params:   param_str num_classes, with the background
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ren et al., Faster R-CNN (2015), whose class of this name other projects changed:
              RRPN, SSH and more
    """

    origin = "Faster R-CNN's forks"
    names = (
        ("proposal_target_layer", "ProposalTargetLayer"),
        ("rproposal_target_layer", "ProposalTargetLayer"),
    )
    bottoms, tops = (2, None), (2, None)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        rotated = "rotat" in x.param.python_param.module
        columns = (5 if rotated else 4) * integer(x, "num_classes", 21)
        regions = (128, 6 if rotated else 5)
        return [regions, (128, 1, 1, 1), *[(128, columns)] * (x.n_tops - 2)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "what it computes is its project's own")
