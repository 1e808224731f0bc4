"""Permute and Transpose: another order of axes."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_axes_that_are_not_named_follow() -> None:
    x = torch.randn(2, 3, 4, 5)
    (y,) = run_layer("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }", x)
    assert torch.equal(y, x.permute(0, 2, 3, 1))
    assert torch.equal(
        run_layer("Permute", "permute_param { order: 2 }", x)[0], x.permute(2, 0, 1, 3)
    )
    assert torch.equal(run_layer("Permute", "", x)[0], x)


def test_transpose_names_every_axis() -> None:
    x = torch.randn(2, 3, 4)
    (y,) = run_layer("Transpose", "transpose_param { dim: 2 dim: 0 dim: 1 }", x)
    assert torch.equal(y, x.permute(2, 0, 1))


@pytest.mark.parametrize(
    ("kind", "text", "field"),
    [
        ("Permute", "permute_param { order: 3 }", "permute_param.order"),
        ("Permute", "permute_param { order: 1 order: 1 }", "permute_param.order"),
        ("Transpose", "transpose_param { dim: 0 dim: 1 }", "transpose_param.dim"),
        ("Transpose", "transpose_param { dim: 0 dim: 1 dim: 1 }", "transpose_param.dim"),
    ],
)
def test_refusals(kind: str, text: str, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes(kind, text, [(2, 3, 4)])
    assert caught.value.field == field
