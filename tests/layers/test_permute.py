"""Permute: another order of axes."""

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


@pytest.mark.parametrize("order", ["order: 3", "order: 1 order: 1"])
def test_refusals(order: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Permute", f"permute_param {{ {order} }}", [(2, 3, 4)])
    assert caught.value.field == "permute_param.order"
