"""SegDataLayer: one image and its label image a step (FCN's and others' Python projects)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Role, Shape, Site
from caffe2torch.layers.python_known.base import KnownLayer

CLASSES = (
    "SBDDSegDataLayer", "NYUDSegDataLayer", "SIFTFlowSegDataLayer",
    "PASCALContextSegDataLayer", "TRAINSegDataLayer", "VALSegDataLayer", "ImageSegDataLayer",
)  # fmt: skip


class SegDataLayer(KnownLayer):
    """An image of its own size, with a class for each of its pixels.

    Shape:    nothing -> by name: data, color, depth, hha and other images (1, 3, H, W), label,
              sem, geo and other label images (1, 1, H, W). The sizes are those of each image;
              the rule says 500 by 500
    Params:   param_str names the data set, its split and the mean
    Weights:  none
    Differs:  its records are files of a public data set: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Shelhamer et al., Fully Convolutional Networks (2016); fcn.berkeleyvision.org
              voc_layers.py (SBDD), nyud_layers.py, siftflow_layers.py, pascalcontext_layers.py
    """

    origin = "FCN"
    names = tuple(("", name) for name in CLASSES)
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the images of a public data set")

    def assumed(self, x: Site) -> list[Shape]:
        images = ("data", "color", "depth", "hha", "image")
        first = x.top_names[0]
        return [
            (1, 3, 500, 500) if top == first or top in images else (1, 1, 500, 500)
            for top in x.top_names
        ]
