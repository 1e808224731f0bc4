"""INQInnerProduct: an inner product whose weights become powers of two in steps."""

from __future__ import annotations

from typing import ClassVar

from caffe2torch.layers._shape_only import refuse_to_run, with_masks
from caffe2torch.layers.base import Blob, Example, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.inner_product import InnerProduct


class INQInnerProduct(InnerProduct):
    """Inner product whose weights become powers of two in steps while it trains.

    Shape:    x (N, any) -> (N, num_output) as InnerProduct
    Params:   as InnerProduct; inq_inner_product_param
    Weights:  as InnerProduct, then a mask for each
    Differs:  only its shapes are known here
    Raises:   as InnerProduct; UnsupportedError where it is to run
    Source:   Zhou et al., INQ (2017);
              32l Neural-Network-Model-Compressing src/caffe/layers/inq_inner_product_layer.cpp
    """

    type = "INQInnerProduct"
    aliases: ClassVar[tuple[str, ...]] = ()
    origin = "Neural-Network-Model-Compressing"
    bottoms = 1
    shapes_only = True
    examples: ClassVar[tuple[Example, ...]] = ()

    def blobs(self, x: Site) -> dict[str, Blob]:
        return with_masks(super().blobs(x))

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
