"""Unpooling against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer


def test_unpooling_by_mask_puts_pooled_values_back() -> None:
    x = drawn(2, 3, 4, 6)
    pooled, mask = run_layer(
        "Pooling", "pooling_param { kernel_size: 2 stride: 2 }", x, tops=2, phase="TEST"
    )
    text = "unpooling_param { kernel_size: 2 stride: 2 unpool_h: 4 unpool_w: 6 }"
    (y,) = run_layer("Unpooling", text, pooled, mask)
    expected = np.zeros(x.shape, np.float32)
    for n, c, i, j in np.ndindex(2, 3, 2, 3):
        row, column = divmod(int(mask[n, c, i, j]), 6)
        expected[n, c, row, column] = pooled[n, c, i, j]
    close(y, expected)
    assert (y[y != 0] == x[y != 0]).all()


@pytest.mark.parametrize("kind", ["MAX", "AVE", "TILE"])
@pytest.mark.parametrize(("kernel", "stride", "size"), [(2, 2, 6), (3, 2, 6), (3, 2, 8), (2, 3, 9)])
def test_unpooling_without_a_mask(kind: str, kernel: int, stride: int, size: int) -> None:
    x = drawn(2, 2, 3, 3)
    text = (
        f"unpooling_param {{ unpool: {kind} kernel_size: {kernel} stride: {stride} "
        f"unpool_size: {size} }}"
    )
    expected = np.zeros((2, 2, size, size))
    for n, c, i, j in np.ndindex(2, 2, 3, 3):
        top, left = i * stride, j * stride
        bottom, right = min(top + kernel, size), min(left + kernel, size)
        if kind == "MAX":
            expected[n, c, min(top, size - 1), min(left, size - 1)] = x[n, c, i, j]
            continue
        pixels = (bottom - top) * (right - left) if kind == "AVE" else 1
        expected[n, c, top:bottom, left:right] += x[n, c, i, j].item() / pixels
    close(run_layer("Unpooling", text, x)[0], expected)


def test_with_a_mask_kernel_and_stride_give_the_size() -> None:
    x, mask = drawn(1, 1, 2, 2), torch.tensor([[[[3.0, 5.0], [16.0, 19.0]]]])
    (y,) = run_layer("Unpooling", "unpooling_param { kernel_size: 2 stride: 3 }", x, mask)
    expected = np.zeros(25)
    for value, place in zip(x.flatten().tolist(), (3, 5, 16, 19), strict=True):
        expected[place] = value
    close(y, expected.reshape(1, 1, 5, 5))


@pytest.mark.parametrize("text", ["scale: 2", "output_h: 4 output_w: 4"])
def test_fusenet_needs_no_kernel_beside_a_mask(text: str) -> None:
    x, mask = drawn(1, 1, 2, 2), torch.tensor([[[[0.0, 7.0], [9.0, 15.0]]]])
    (top,) = run_layer("Unpooling", f"unpooling_param {{ {text} }}", x, mask)
    wanted = torch.zeros(16)
    for value, place in zip(x.flatten().tolist(), (0, 7, 9, 15), strict=True):
        wanted[place] = value
    close(top.flatten(), wanted)
    with pytest.raises(ShapeError, match="kernel_size is 0 or missing"):
        run_layer("Unpooling", f"unpooling_param {{ {text} }}", x)
