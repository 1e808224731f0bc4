"""NormConvMeanfield: mean-field steps of a CRF by normalized convolutions (segaware)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Shape, Site


class NormConvMeanfield(ShapesOnly):
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

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        channels = x.bottoms[0][1]
        return {f"weight{i}": Blob((1, 1, channels, channels)) for i in range(3)}
