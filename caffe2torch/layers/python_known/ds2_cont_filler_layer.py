"""DS2ContFillerLayer: flags that say where a sequence goes on (DeepSpeech 2)."""

from __future__ import annotations

from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.python_known.base import KnownLayer


class DS2ContFillerLayer(KnownLayer):
    """1, but 0 for the first of axis 1.

    Shape:    x (T, N, any) -> (T, N)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   CaffeDeepSpeech2 ds2_cont_filler_layer.py
    """

    origin = "CaffeDeepSpeech2"
    names = (("ds2_cont_filler_layer", "DS2ContFillerLayer"),)
    backward = "cannot run backward"

    def shapes(self, x: Site) -> list[Shape]:
        return [(*x.bottoms[0], 1)[:2]]

    def code(self, x: Site) -> Code:
        return op(continued)


def continued(x: torch.Tensor) -> torch.Tensor:
    """Ones (T, N) with a column of zeros in front."""
    flags = x.new_ones(x.shape[:2])
    flags[:, 0] = 0
    return flags
