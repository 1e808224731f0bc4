"""FrcnnProposalTarget: regions drawn for training, with classes and boxes (frcnn)."""

from __future__ import annotations

from caffe2torch.errors import DataError
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class FrcnnProposalTarget(Layer):
    """Regions of the proposed and the true ones, drawn at random, each with its targets.

    Shape:    regions (R, 5), objects (G, 5), ... -> regions (K, 5, 1, 1), labels (K, 1, 1, 1),
              targets and two weights (K, 4 * classes, 1, 1). K and the classes are in a file:
              128 and what fits the rest of the net, 21 at first
    Params:   none; the fork reads its settings from a file
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   DataError where no shapes may be assumed; UnsupportedError where it is to run
    Source:   makefile/frcnn src/caffe/FRCNN/frcnn_proposal_target_layer.cpp
    """

    type = "FrcnnProposalTarget"
    origin = "frcnn"
    bottoms, tops = (2, None), (5, None)
    shapes_only = True
    stands_in = True

    def shapes(self, x: Site) -> list[Shape]:
        raise DataError(
            "the classes are in the fork's configuration, which the net does not name",
            hint="feed its tops: put Input layers in its place",
        )

    def assumed(self, x: Site) -> list[Shape]:
        return [(128, 5, 1, 1), (128, 1, 1, 1), *[(128, 84, 1, 1)] * (x.n_tops - 2)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "the fork reads its settings from a file that the net does not name")
