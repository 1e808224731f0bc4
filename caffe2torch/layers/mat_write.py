"""MatWrite: blobs to MATLAB files (DeepLab)."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Role, Shape, Site


class MatWrite(Layer):
    """Nothing that the net sees: the fork writes its bottoms, one file each.

    Shape:    any number of bottoms (any) -> nothing
    Params:   prefix; source, a list of names; strip [0]; period [1]
    Weights:  none
    Differs:  no file is written: take the blobs from the net
    Raises:   nothing
    Source:   Chen et al., DeepLab (2014); its caffe mat_write_layer.cpp
    """

    type = "MatWrite"
    origin = "deeplab"
    bottoms, tops = (1, None), 0
    roles = frozenset({Role.RESULT})
    side_effects = True
    silent = True
    param_field = "mat_write_param"
    examples = (Example('mat_write_param { prefix: "x" }', bottoms=[(2, 3), (4,)], tops=0),)

    def shapes(self, x: Site) -> list[Shape]:
        x.notes.append("no MATLAB file is written")
        return []
