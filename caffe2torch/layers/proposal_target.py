"""ProposalTarget: regions drawn for training, with classes and boxes (mscnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class ProposalTarget(Layer):
    """Regions of the proposed and the true ones, drawn at random, each with its targets.

    Shape:    regions (R, 5, 1, 1), objects (G, 7 or 8, 1, 1) -> by place: regions (K, 5),
              labels (K, 1), targets and two weights (K, 8), or (K, 4 * cls_num) with cls_aware,
              true boxes (K, 6)[, weights of the regions (K, 1)]; K is batch_size, or R if that
              is -1
    Params:   cls_num; batch_size; fg_fraction; fg_thr; bbox_reg_param cls_aware
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai et al., MS-CNN (2016); mscnn and cascade-rcnn
              src/caffe/layers/proposal_target_layer.cpp
    """

    type = "ProposalTarget"
    origin = "mscnn"
    bottoms, tops = 2, (5, 7)
    shapes_only = True
    param_field = "proposal_target_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.proposal_target_param
        n = x.bottoms[0][0] if param.batch_size == -1 else param.batch_size
        columns = 4 * param.cls_num if x.param.bbox_reg_param.cls_aware else 8
        widths = (5, 1, columns, columns, columns, 6, 1)
        return [(n, width, 1, 1) for width in widths[: x.n_tops]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "it draws regions at random by its fork's own rules")
