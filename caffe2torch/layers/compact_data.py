"""CompactData: images that stay compressed in the database (yjxiong, 2014)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class CompactData(Layer):
    """Records of a database, decoded and cropped as they are read.

    Shape:    nothing -> images (batch_size, C, crop_size, crop_size), [labels (batch_size),
              a mask of the object]
    Params:   source; batch_size; backend [LEVELDB]; transform_param: crop_size and mean_file, both
              required, mirror and scale
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it; ShapeError without crop_size or mean_file
    Source:   yjxiong's caffe (2014) src/caffe/layers/compact_data_layer.cpp
    """

    type = "CompactData"
    aliases = ("COMPACT_DATA",)
    origin = "yjxiong"
    bottoms, tops = 0, (1, 3)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        transform = x.param.transform_param
        for name, there in (
            ("crop_size", transform.crop_size),
            ("mean_file", transform.mean_file),
        ):
            if not there:
                raise ShapeError(
                    f"{name} is missing", field="transform_param", hint=f"write {name}"
                )
        return unread(x, "the compressed records of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.data_param.batch_size or 1
        c, h, w = image(x, x.param.data_param)
        shapes: list[Shape] = [(n, c, h, w), (n,), (n, 1, h, w)]
        return shapes[: x.n_tops]
