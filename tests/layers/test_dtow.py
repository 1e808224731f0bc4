"""Dtow against the index arithmetic of CCN, pixels row by row and along diagonals."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer


def diagonal_moves(side: int) -> list[tuple[int, int]]:
    """How far each place of a block moves, as dtow_layer.cpp's LayerSetUp counts it."""
    moves = []
    for i in range(2 * side - 1):
        for j in range(max(0, i - side + 1), min(side, i + 1)):
            row, column = divmod(len(moves), side)
            moves.append((j - row, i - j - column))
    return moves


def loop(x: torch.Tensor, side: int, maps: int, moves: list[tuple[int, int]]) -> np.ndarray:
    """Channels into pixels: dtow_zig_cpu_kernel."""
    n, c, h, w = x.shape
    block = side * side * maps
    out = np.empty((n, c // (side * side), h * side, w * side))
    for item, channel, i, j in np.ndindex(n, c, h, w):
        rest = channel % block
        row, column = divmod(rest // maps, side)
        down, right = moves[row * side + column]
        target = channel // block * maps + rest % maps
        place = i * side + row + down, j * side + column + right
        out[item, target, place[0], place[1]] = x[item, channel, i, j]
    return out


@pytest.mark.parametrize(("side", "maps"), [(2, 1), (3, 1), (3, 2)])
def test_diagonals_and_back(side: int, maps: int) -> None:
    x = drawn(2, 2 * side * side * maps, 2, 3)
    text = f"dtow_param {{ psize: {side} ngroup: {maps} method: "
    (y,) = run_layer("Dtow", text + "LDTOW }", x)
    close(y, loop(x, side, maps, diagonal_moves(side)))
    np.testing.assert_array_equal(run_layer("Dtow", text + "LWTOD }", y)[0], x)


def test_rows_and_back() -> None:
    x = drawn(2, 18, 2, 3)
    (y,) = run_layer("Dtow", "dtow_param { psize: 3 }", x)
    close(y, loop(x, 3, 1, [(0, 0)] * 9))
    np.testing.assert_array_equal(
        run_layer("Dtow", "dtow_param { psize: 3 method: MWTOD }", y)[0], x
    )


@pytest.mark.parametrize(
    "text", ["psize: 3", "psize: 0", "psize: 3 method: MWTOD", "method: LDTOW ngroup: 3"]
)
def test_sizes_that_do_not_fit(text: str) -> None:
    with pytest.raises(ShapeError, match="do not fit"):
        run_layer("Dtow", f"dtow_param {{ {text} }}", drawn(1, 8, 4, 4))
