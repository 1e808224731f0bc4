"""FrcnnProposal: the regions a region proposal network finds (frcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class FrcnnProposal(Layer):
    """Anchors moved by the predicted offsets, clipped to the image, the likeliest kept apart.

    Shape:    scores (1, 2 * A, H, W), offsets (1, 4 * A, H, W), image (1, 3) -> regions (R, 5,
              1, 1)[, scores (R, 1, 1, 1)]. R is known only when it runs; the rule says 300
    Params:   none; the fork reads its settings from a file
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   makefile/frcnn src/caffe/FRCNN/frcnn_proposal_layer.cpp
    """

    type = "FrcnnProposal"
    origin = "frcnn"
    bottoms, tops = (3, None), (1, 2)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        tops: list[Shape] = [(300, 5, 1, 1), (300, 1, 1, 1)]
        return tops[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "the fork reads its settings from a file that the net does not name")
