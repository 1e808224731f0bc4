"""NormConvMeanfield: mean-field steps of a CRF by normalized convolutions (segaware)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Blob, Layer, Shape, Site
from caffe2torch.layers.code import Code


class NormConvMeanfield(Layer):
    """Mean-field inference whose messages are normalized convolutions.

    Shape:    unaries (N, C, H, W), scores, ... -> as the unaries
    Params:   norm_conv_meanfield_param
    Weights:  three (1, 1, C, C)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Harley et al., Segmentation-Aware Convolutional Networks (2017); segaware
              caffe/src/caffe/layers/norm_conv_meanfield_layer.cpp
    """

    type = "NormConvMeanfield"
    origin = "segaware"
    bottoms, tops = (2, None), 1
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        channels = x.bottoms[0][1]
        return {f"weight{i}": Blob((1, 1, channels, channels)) for i in range(3)}

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
