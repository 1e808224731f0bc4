"""DetectNetTransformation: augmented images and coverage maps of DetectNet (NVIDIA)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class DetectNetTransformation(Layer):
    """Random crops and colours of images, and per class a map of the grid cells of its objects.

    Only its shapes are known here: a net with it can be read, checked and drawn, not run.

    Shape:    data (N, 3, H, W), label (N, any) -> (N, 3, image_size_y, image_size_x),
              (N, 8 + classes, image_size_y / stride, image_size_x / stride)
    Params:   stride [4]; image_size_x [1248], image_size_y [384] in pixels; object_class: the
              largest dst + 1 is the number of classes; what else there is, here and in
              detectnet_augmentation_param, has no effect on the shapes
    Weights:  none
    Differs:  it cannot be run
    Raises:   ShapeError for bottoms that do not fit; UnsupportedError when it is to be run
    Source:   NVIDIA Caffe src/caffe/layers/detectnet_transform_layer.cpp
    """

    type = "DetectNetTransformation"
    origin = "nvidia"
    shapes_only = True
    bottoms, tops = 2, 2
    backward = "cannot run backward"
    param_field = "detectnet_groundtruth_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.detectnet_groundtruth_param
        data, label = x.bottoms
        if len(data) != 4 or data[1] != 3 or label[:1] != data[:1]:
            raise ShapeError(
                f"takes images (N, 3, H, W) and as many labels, got {data} and {label}",
                field="bottom",
            )
        classes = 1 + max((item.dst for item in param.object_class), default=0)
        size = (param.image_size_y, param.image_size_x)
        cells = tuple(round(side / param.stride) for side in size)
        return [(data[0], 3, *size), (label[0], 8 + classes, *cells)]

    def code(self, x: Site) -> Code:
        raise UnsupportedError(
            f'layer "{x.name}" (DetectNetTransformation) is known by its shapes only',
            hint="feed its tops: put Input layers in its place",
        )
