"""MatRead: blobs that MatWrite has written to MATLAB files (DeepLab)."""

from __future__ import annotations

from caffe2torch.layers._data import USUAL_SIZE, unread
from caffe2torch.layers.base import Layer, Shape, Site


class MatRead(Layer):
    """One file a top and image, "PREFIX NAME _blob_ NUMBER .mat" in one word.

    Shape:    nothing -> (batch_size, C, H, W) each, as the files are
    Params:   prefix; source, a list of names; strip [0], letters to cut off their ends;
              batch_size [1]
    Weights:  none
    Differs:  its files are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Chen et al., DeepLab (2014); its caffe mat_read_layer.cpp
    """

    type = "MatRead"
    origin = "deeplab"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    param_field = "mat_read_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "blobs in MATLAB files")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.mat_read_param.batch_size
        return [(n, 3, USUAL_SIZE, USUAL_SIZE)] * x.n_tops
