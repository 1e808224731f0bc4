"""OrdinalDecodeLayer: how many of a row of yes-or-no answers say yes (DORN)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.python_known.base import KnownLayer


class OrdinalDecodeLayer(KnownLayer):
    """Counts, for each pixel, the pairs of channels whose second one is greater.

    Shape:    x (N, 2 * K, H, W) -> (N, 1, H, W)
    Params:   none
    Weights:  none
    Differs:  the project adds the images of a batch up wrongly; here each has its own count
    Raises:   ShapeError unless x is 4-D with an even number of channels
    Source:   Fu et al., Deep ordinal regression (2018); DORN caffe/pylayer/ordinal_decode_layer.py
    """

    origin = "DORN"
    names = (("ordinal_decode_layer", "OrdinalDecodeLayer"),)
    backward = "cannot run backward"
    roles = frozenset({Role.RESULT})

    def shapes(self, x: Site) -> list[Shape]:
        shape = x.bottoms[0]
        if len(shape) != 4 or shape[1] % 2:
            raise ShapeError(f"takes (N, 2 * K, H, W), got {shape}", field="bottom")
        return [(shape[0], 1, *shape[2:])]

    def code(self, x: Site) -> Code:
        return op(count_ordinals)


def count_ordinals(x: torch.Tensor) -> torch.Tensor:
    """Number of pairs of channels (N, 2 * K, H, W) whose second one is greater, (N, 1, H, W)."""
    x = x.detach()
    return (x[:, 1::2] > x[:, ::2]).sum(1, keepdim=True).to(x.dtype)
