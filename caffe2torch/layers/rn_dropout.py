"""RNDropout: drops whole bottoms, a few at a time (3D_HPE_RN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class RNDropout(ShapesOnly):
    """Drops whole bottoms of relational features while it trains.

    Shape:    each bottom (any) -> a top of its shape
    Params:   rn_dropout_param num_drop_blobs; drop_prob [5]; drop_seqs
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Park and Kwak, 3D Human Pose Estimation with Relational Networks (2018); 3D_HPE_RN
              rn_dropout_layer.cpp
    """

    type = "RNDropout"
    origin = "3D_HPE_RN"
    bottoms, tops = (2, None), (2, None)
    equal = True
    roles = frozenset({Role.DROPOUT})
    param_field = "rn_dropout_param"

    def shapes(self, x: Site) -> list[Shape]:
        return list(x.bottoms)
