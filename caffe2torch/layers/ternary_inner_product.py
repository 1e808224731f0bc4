"""TernaryInnerProduct: InnerProduct with weights of three levels (Stochastic-Quantization)."""

from __future__ import annotations

from typing import ClassVar

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Example, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.inner_product import InnerProduct


class TernaryInnerProduct(InnerProduct):
    """InnerProduct whose weights count as -1, 0 or 1 times a mean size.

    Shape:    x (N, any) -> as InnerProduct
    Params:   as InnerProduct
    Weights:  as InnerProduct, in full precision
    Differs:  only its shapes and blobs are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dong et al., Stochastic quantization (2017); Stochastic-Quantization caffe
    """

    type = "TernaryInnerProduct"
    aliases: ClassVar[tuple[str, ...]] = ()
    origin = "Stochastic-Quantization"
    bottoms = 1
    shapes_only = True
    examples: ClassVar[tuple[Example, ...]] = ()

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its weights of three levels are not reproduced")
