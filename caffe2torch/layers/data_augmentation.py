"""DataAugmentation: images turned, cut and recoloured at random (flownet2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class DataAugmentation(Layer):
    """Images distorted at random, as FlowNet trains.

    Shape:    images (N, C, H, W)[, parameters] -> (N, C, crop_height, crop_width)[, parameters]
    Params:   augmentation_param crop_width, crop_height
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ilg et al., FlowNet 2 (2017); flownet2
              src/caffe/layers/data_augmentation_layer.cpp
    """

    type = "DataAugmentation"
    origin = "flownet2"
    bottoms, tops = (1, 2), (1, 2)
    shapes_only = True
    param_field = "augmentation_param"

    def shapes(self, x: Site) -> list[Shape]:
        param, (n, c, h, w) = x.param.augmentation_param, x.shape(0, 4, 4)
        shapes: list[Shape] = [(n, c, param.crop_height or h, param.crop_width or w), (n, 42, 1, 1)]
        return shapes[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "it distorts images at random by its fork's own rules")
