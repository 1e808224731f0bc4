"""VOCSegDataLayer: images of PASCAL VOC with the class of each pixel (FCN's Python project)."""

from __future__ import annotations

from caffe2torch.layers._data import probed
from caffe2torch.layers.base import Role, Shape, Site
from caffe2torch.layers.python_known.base import KnownLayer


class VOCSegDataLayer(KnownLayer):
    """An image of its own size a step, with a class for each of its pixels, 255 where none counts.

    Shape:    nothing -> image (1, 3, H, W), classes (1, 1, H, W), by the image's size; the rule
              says 500 by 500 where the folder is missing
    Params:   param_str voc_dir, the folder of PASCAL VOC; split, a file of ImageSets/Segmentation;
              mean (0, 0, 0) of blue, green and red; randomize true, for a split with "train" in
              its name; seed, which has no effect here
    Weights:  none
    Differs:  other random numbers
    Raises:   DataError without the folder or its pictures; ShapeError for a param_str that does
              not fit
    Source:   Shelhamer et al., Fully Convolutional Networks (2016); fcn.berkeleyvision.org
              voc_layers.py
    """

    origin = "FCN"
    names = (("", "VOCSegDataLayer"),)
    bottoms, tops = 0, 2
    source = True
    roles = frozenset({Role.IMAGES})

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x)

    def assumed(self, x: Site) -> list[Shape]:
        return [(1, 3, 500, 500), (1, 1, 500, 500)]
