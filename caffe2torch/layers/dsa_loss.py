"""DSALoss: a loss of distances to centres of faces and sequences (SeqFace)."""

from __future__ import annotations

import math

from caffe2torch.layers._filled import filled
from caffe2torch.layers._shape_only import ShapesOnlyLoss
from caffe2torch.layers.base import Blob, Site


class DSALoss(ShapesOnlyLoss):
    """Discriminative sequence agent loss of features against learned centres.

    Shape:    features (N, any), labels (N) -> ()
    Params:   dsa_loss_param faceid_num; seqid_num [0]; center_filler; axis [1]; lambda; gamma;
              alpha; beta; ...
    Weights:  centres (faceid_num + seqid_num, K)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Hu et al., SeqFace (2018); its caffe/src/caffe/layers/dsa_loss_layer.cpp
    """

    type = "DSALoss"
    origin = "SeqFace"
    bottoms, tops = 2, 1
    param_field = "dsa_loss_param"

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.dsa_loss_param
        axis = x.axis(param.axis, "dsa_loss_param.axis")
        shape = (param.faceid_num + param.seqid_num, math.prod(x.bottoms[0][axis:]))
        return {"centres": filled(shape, param.center_filler, "dsa_loss_param.center_filler")}
