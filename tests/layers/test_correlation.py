"""Correlation against the loop of the fork's kernel."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def loop(a, b, pad, k, reach, s1, s2):
    n, c, h, w = a.shape
    a, b = (np.pad(m, ((0, 0), (0, 0), (pad, pad), (pad, pad))) for m in (a, b))
    border = reach + (k - 1) // 2
    high, wide = (-(-(size + 2 * pad - 2 * border) // s1) for size in (h, w))
    radius = reach // s2
    out = np.zeros((n, (2 * radius + 1) ** 2, high, wide))
    for channel in range(out.shape[1]):
        dx = (channel % (2 * radius + 1) - radius) * s2
        dy = (channel // (2 * radius + 1) - radius) * s2
        for y in range(high):
            for x in range(wide):
                y1, x1 = y * s1 + reach, x * s1 + reach
                one = a[:, :, y1 : y1 + k, x1 : x1 + k]
                two = b[:, :, y1 + dy : y1 + dy + k, x1 + dx : x1 + dx + k]
                out[:, channel, y, x] = (one * two).sum((1, 2, 3)) / (k * k * c)
    return out


@pytest.mark.parametrize("sizes", [(2, 1, 2, 1, 1), (3, 3, 2, 2, 2), (4, 1, 4, 1, 2)])
def test_values_and_gradient(sizes: tuple[int, ...]) -> None:
    names = ("pad", "kernel_size", "max_displacement", "stride_1", "stride_2")
    fields = " ".join(f"{name}: {size}" for name, size in zip(names, sizes, strict=True))
    text = f"correlation_param {{ {fields} }}"
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 2, 3, 6, 7))
    (y,) = run_layer("Correlation", text, torch.tensor(a), torch.tensor(b))
    wanted = loop(a, b, *sizes)
    np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-6)
    assert top_shapes("Correlation", text, [a.shape, b.shape]) == [wanted.shape]


def test_what_does_not_fit_is_refused() -> None:
    text = "correlation_param { kernel_size: 1 max_displacement: 4 }"
    with pytest.raises(ShapeError, match="do not fit"):
        top_shapes("Correlation", text, [(1, 2, 5, 5)] * 2)
