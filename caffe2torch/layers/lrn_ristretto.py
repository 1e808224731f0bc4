"""LRNRistretto: a normalization in few bits (Ristretto)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lrn import LRN


class LRNRistretto(LRN):
    """Local response normalization with values rounded to few bits.

    Shape:    x (N, C, H, W) -> same
    Params:   as LRN; quantization_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   as LRN; UnsupportedError where it is to run
    Source:   Gysel et al., Ristretto (2016); pmgysel caffe
              src/caffe/ristretto/layers/lrn_ristretto_layer.cpp
    """

    type = "LRNRistretto"
    origin = "Ristretto"
    shapes_only = True
    examples = ()

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
