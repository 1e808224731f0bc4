"""Transpose: another order of axes, each of them named."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_transpose_names_every_axis() -> None:
    x = torch.randn(2, 3, 4)
    (y,) = run_layer("Transpose", "transpose_param { dim: 2 dim: 0 dim: 1 }", x)
    assert torch.equal(y, x.permute(2, 0, 1))


@pytest.mark.parametrize("dims", ["dim: 0 dim: 1", "dim: 0 dim: 1 dim: 1", "dim: 1 dim: 2 dim: 3"])
def test_refusals(dims: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Transpose", f"transpose_param {{ {dims} }}", [(2, 3, 4)])
    assert caught.value.field == "transpose_param.dim"
