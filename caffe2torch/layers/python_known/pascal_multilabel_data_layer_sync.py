"""PascalMultilabelDataLayerSync: images with the classes they show (pycaffe's own example)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Role, Shape, Site
from caffe2torch.layers.python_known.base import KnownLayer, integer, settings


class PascalMultilabelDataLayerSync(KnownLayer):
    """Images of PASCAL VOC with 20 flags each.

    Shape:    nothing -> images (batch_size, 3, H, W), flags (batch_size, 20)
    Params:   param_str batch_size; im_shape (H, W); pascal_root; split
    Weights:  none
    Differs:  its records are files of a public data set: feed its tops
    Raises:   DataError, as nothing reads it; ShapeError if im_shape is no pair
    Source:   Caffe examples/pycaffe/layers/pascal_multilabel_datalayers.py
    """

    names = (("pascal_multilabel_datalayers", "PascalMultilabelDataLayerSync"),)
    bottoms, tops = 0, 2
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the images of a public data set")

    def assumed(self, x: Site) -> list[Shape]:
        n, size = integer(x, "batch_size", 128), settings(x).get("im_shape", (227, 227))
        try:
            h, w = (int(value) for value in size)
        except (TypeError, ValueError):
            raise ShapeError(
                f"im_shape of param_str is {size!r}, not a pair", field="python_param.param_str"
            ) from None
        return [(n, 3, h, w), (n, 20)]
