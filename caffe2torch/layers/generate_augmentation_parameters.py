"""GenerateAugmentationParameters: random numbers for DataAugmentation (flownet2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class GenerateAugmentationParameters(Layer):
    """Parameters of a distortion, drawn at random.

    Shape:    parameters or images, ... -> parameters (N, 42, 1, 1)
    Params:   augmentation_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ilg et al. (2017); flownet2
              src/caffe/layers/generate_augmentation_parameters_layer.cpp
    """

    type = "GenerateAugmentationParameters"
    origin = "flownet2"
    bottoms, tops = (1, 3), 1
    shapes_only = True
    param_field = "augmentation_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(x.shape(0, 1)[0], 42, 1, 1)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "it draws at random by its fork's own rules")
