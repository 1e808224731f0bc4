"""LRN against the loops of its definition and torch's own module."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def across(x: np.ndarray, size: int, alpha: float, beta: float, k: float) -> np.ndarray:
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        near = x[:, max(0, c - size // 2) : c + size // 2 + 1]
        y[:, c] = x[:, c] / (k + alpha / size * (near**2).sum(1)) ** beta
    return y


def within(x: np.ndarray, size: int, alpha: float, beta: float) -> np.ndarray:
    y = np.empty_like(x)
    for h, w in np.ndindex(x.shape[2:]):
        rows = slice(max(0, h - size // 2), h + size // 2 + 1)
        columns = slice(max(0, w - size // 2), w + size // 2 + 1)
        square = (x[:, :, rows, columns] ** 2).sum((2, 3))
        y[:, :, h, w] = x[:, :, h, w] / (1 + alpha / size**2 * square) ** beta
    return y


@pytest.mark.parametrize("channels", [1, 2, 7])
@pytest.mark.parametrize("size", [1, 3, 5, 9])
def test_equals_the_loops(size: int, channels: int) -> None:
    x = np.random.default_rng(size).standard_normal((2, channels, 4, 5))
    common = f"local_size: {size} alpha: 0.5 beta: 0.75"
    tensor = torch.from_numpy(x)
    (y,) = run_layer("LRN", f"lrn_param {{ {common} k: 2 }}", tensor)
    np.testing.assert_allclose(y.numpy(), across(x, size, 0.5, 0.75, 2))
    (y,) = run_layer("LRN", f"lrn_param {{ {common} k: 2 norm_region: WITHIN_CHANNEL }}", tensor)
    np.testing.assert_allclose(y.numpy(), within(x, size, 0.5, 0.75))


@pytest.mark.parametrize("size", [1, 3, 5, 9])
def test_gradient_is_that_of_torchs_module(size: int) -> None:
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64, requires_grad=True)
    twin = x.detach().clone().requires_grad_()
    (y,) = run_layer("LRN", f"lrn_param {{ local_size: {size} alpha: 0.25 }}", x)
    reference = torch.nn.LocalResponseNorm(size, alpha=0.25)(twin)
    torch.testing.assert_close(y, reference)
    weights = torch.randn_like(y)
    (y * weights).sum().backward()
    (reference * weights).sum().backward()
    torch.testing.assert_close(x.grad, twin.grad)


def test_refusals() -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("LRN", "lrn_param { local_size: 4 }", [(1, 2, 3, 3)])
    assert caught.value.field == "lrn_param.local_size"
    assert caught.value.hint == "use 5"
    with pytest.raises(ShapeError, match="4 axes"):
        top_shapes("LRN", "", [(2, 3)])
