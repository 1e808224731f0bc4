"""INQConvolution: a convolution whose weights become powers of two in steps."""

from __future__ import annotations

from typing import ClassVar

from caffe2torch.layers._shape_only import refuse_to_run, with_masks
from caffe2torch.layers.base import Blob, Example, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.convolution import Convolution


class INQConvolution(Convolution):
    """Convolution whose weights become powers of two in steps while it trains.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W') as Convolution
    Params:   as Convolution; inq_convolution_param
    Weights:  as Convolution, then a mask for each
    Differs:  only its shapes are known here
    Raises:   as Convolution; UnsupportedError where it is to run
    Source:   Zhou et al., INQ (2017);
              32l Neural-Network-Model-Compressing src/caffe/layers/inq_conv_layer.cpp
    """

    type = "INQConvolution"
    origin = "Neural-Network-Model-Compressing"
    shapes_only = True
    examples: ClassVar[tuple[Example, ...]] = ()

    def blobs(self, x: Site) -> dict[str, Blob]:
        return with_masks(super().blobs(x))

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
