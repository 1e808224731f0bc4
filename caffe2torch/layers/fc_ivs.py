"""FcIVS: an inner product in few bits (IVS-Caffe)."""

from __future__ import annotations

from typing import ClassVar

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Example, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.inner_product import InnerProduct


class FcIVS(InnerProduct):
    """Inner product with weights, products and sums rounded to few bits.

    Shape:    x (N, any) -> (N, num_output) as InnerProduct
    Params:   as InnerProduct; quantization_param
    Weights:  as InnerProduct
    Differs:  only its shapes are known here
    Raises:   as InnerProduct; UnsupportedError where it is to run
    Source:   IVS-Caffe caffe-fast-rcnn/src/caffe/ristretto/layers/fc_ivs_layer.cpp
    """

    type = "FcIVS"
    aliases: ClassVar[tuple[str, ...]] = ()
    origin = "IVS-Caffe"
    bottoms = 1
    shapes_only = True
    examples: ClassVar[tuple[Example, ...]] = ()

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
