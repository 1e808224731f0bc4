"""Upsample: back to where MAX pooling found the values, or each pixel repeated."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_undoes_max_pooling_at_the_maxima() -> None:
    x = torch.randn(2, 3, 6, 8)
    pooled, mask = run_layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", x, tops=2)
    pooled = pooled.requires_grad_()
    (y,) = run_layer("Upsample", "upsample_param { scale: 2 }", pooled, mask)
    assert torch.equal(y[y != 0], x[y != 0])
    assert torch.count_nonzero(y) == pooled.numel()
    weights = torch.randn_like(y)
    (y * weights).sum().backward()
    assert pooled.grad is not None
    at = mask.flatten(2).long()
    assert torch.equal(pooled.grad.flatten(2), weights.flatten(2).gather(2, at))


def test_sizes() -> None:
    def size(text: str) -> tuple[int, ...]:
        shapes = [(1, 2, 3, 4), (1, 2, 3, 4)]
        return top_shapes("Upsample", f"upsample_param {{ {text} }}", shapes)[0][2:]

    assert size("") == (6, 8)
    assert size("scale: 3") == (9, 12)
    assert size("scale_h: 2 scale_w: 3") == (6, 12)
    assert size("pad_out_h: true") == (5, 8)
    assert size("scale: 2 upsample_h: 5 upsample_w: 7") == (5, 7)


def test_one_bottom_repeats_pixels() -> None:
    x = torch.tensor([[1.0, 2], [3, 4]]).view(1, 1, 2, 2)
    (y,) = run_layer("Upsample", "upsample_param { scale: 2 }", x)
    assert torch.equal(y, x.repeat_interleave(2, 2).repeat_interleave(2, 3))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("scale: 1", "scale"),
        ("scale: 2 scale_h: 2 scale_w: 2", "scale_h"),
        ("scale_w: 2", "scale_w"),
        ("scale: 3 pad_out_w: true", "pad_out_w"),
        ("upsample_h: 1 upsample_w: 5", "upsample_h"),
    ],
)
def test_refusals(text: str, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Upsample", f"upsample_param {{ {text} }}", [(1, 2, 3, 4)] * 2)
    assert caught.value.field == f"upsample_param.{field}"
    with pytest.raises(ShapeError, match="same shape"):
        top_shapes("Upsample", "", [(1, 2, 3, 4), (1, 2, 3, 5)])
