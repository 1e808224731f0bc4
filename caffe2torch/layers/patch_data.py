"""PatchData: patches cut out of large images (Caffe-TPS)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Shape, Site


class PatchData(Layer):
    """Patches of images and the same patches of their labels.

    Shape:    nothing -> patches (batch_size, C, H, W), labels (batch_size, C, H, W)
    Params:   patch_sampler_param batch_size, data_patch_shape, label_patch_shape
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Caffe-TPS, src/caffe/layers/patch_data_layer.cpp
    """

    type = "PatchData"
    origin = "Caffe-TPS"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    param_field = "patch_sampler_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's data")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.patch_sampler_param
        return [
            (param.batch_size, *((dims[2:] or [1]) + dims[:2]))
            for dims in (list(param.data_patch_shape.dim), list(param.label_patch_shape.dim))
        ][: x.n_tops]
