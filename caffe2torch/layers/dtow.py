"""Dtow: channels traded for pixels (CCN)."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

UP = (pb.DtowParameter.MDTOW, pb.DtowParameter.LDTOW)
DIAGONAL = (pb.DtowParameter.LDTOW, pb.DtowParameter.LWTOD)


class Dtow(Layer):
    """Blocks of psize × psize pixels from channels (MDTOW, LDTOW), or into them (MWTOD, LWTOD).

    Shape:    x (N, C, H, W) -> (N, C / psize², H · psize, W · psize), or back
    Params:   psize [2]; method [MDTOW]: M takes the pixels of a block row by row, L along its
              diagonals; ngroup [1], of L: so many maps of a block follow each other
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for sizes that do not fit
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/dtow_layer.cpp
    """

    type = "Dtow"
    origin = "CCN"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "dtow_param"
    examples = (
        Example("dtow_param { psize: 2 }", bottoms=[(2, 8, 3, 4)]),
        Example("dtow_param { psize: 2 method: MWTOD }", bottoms=[(2, 3, 4, 6)]),
        Example("dtow_param { psize: 3 method: LDTOW ngroup: 2 }", bottoms=[(2, 36, 2, 3)]),
        Example("dtow_param { psize: 3 method: LWTOD ngroup: 2 }", bottoms=[(2, 4, 6, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        n, c, h, w = x.shape(0, 4, 4)
        param = x.param.dtow_param
        side, maps = param.psize, param.ngroup if param.method in DIAGONAL else 1
        if side and maps and param.method in UP and c % (side * side * maps) == 0:
            return [(n, c // (side * side), h * side, w * side)]
        if side and maps and param.method not in UP and not (h % side or w % side or c % maps):
            return [(n, c * side * side, h // side, w // side)]
        raise ShapeError(
            f"psize {side} and this method do not fit {x.bottoms[0]}", field="dtow_param.psize"
        )

    def code(self, x: Site) -> Code:
        return op(traded, **settings(x))


def settings(x: Site) -> dict[str, object]:
    """What `traded` is told beside its bottom."""
    param = x.param.dtow_param
    side, diagonal = param.psize, param.method in DIAGONAL
    places = [(i, j) for i in range(side) for j in range(side)]
    if diagonal:
        places.sort(key=lambda place: (place[0] + place[1], place[0]))
    order = tuple(i * side + j for i, j in places)
    return {
        "side": side, "up": param.method in UP, "order": order,
        "maps": param.ngroup if diagonal else 1,
    }  # fmt: skip


def traded(x: torch.Tensor, side: int, up: bool, order: tuple[int, ...], maps: int) -> torch.Tensor:
    """Channels (group, place in the block, map) of (N, C, H, W) as pixels, or the way back."""
    n, c, h, w = x.shape
    pixels = side * side
    if up:
        back = sorted(range(pixels), key=order.__getitem__)
        parts = x.reshape(n, c // (pixels * maps), pixels, maps, h, w)[:, :, back]
        blocks = parts.transpose(2, 3).reshape(n, c // pixels, side, side, h, w)
        return blocks.permute(0, 1, 4, 2, 5, 3).reshape(n, c // pixels, h * side, w * side)
    blocks = x.reshape(n, c // maps, maps, h // side, side, w // side, side)
    parts = blocks.permute(0, 1, 4, 6, 2, 3, 5).reshape(
        n, c // maps, pixels, maps, h // side, w // side
    )
    return parts[:, :, list(order)].reshape(n, c * pixels, h // side, w // side)
