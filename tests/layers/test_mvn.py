"""MVN: mean 0, deviation 1, and Caffe's gradient where the true one does not exist."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


@pytest.mark.parametrize(("across", "axes"), [("false", (2, 3)), ("true", (1, 2, 3))])
def test_moments(across: str, axes: tuple[int, ...]) -> None:
    x = 5 + 2 * torch.randn(2, 3, 6, 7, dtype=torch.float64)
    text = f"mvn_param {{ across_channels: {across} }}"
    (y,) = run_layer("MVN", text, x)
    torch.testing.assert_close(y.mean(axes), torch.zeros_like(y.mean(axes)))
    torch.testing.assert_close(y.std(axes, correction=0), torch.ones_like(y.mean(axes)))
    (centred,) = run_layer(
        "MVN", f"mvn_param {{ across_channels: {across} normalize_variance: false }}", x
    )
    torch.testing.assert_close(centred, x - x.mean(axes, keepdim=True))


def test_a_flat_image_has_a_finite_gradient() -> None:
    x = torch.ones(1, 1, 2, 2, requires_grad=True)
    (y,) = run_layer("MVN", "mvn_param { eps: 0.5 }", x)
    y.backward(torch.tensor([1.0, 0, 0, 0]).view_as(x))
    assert not y.any()
    assert x.grad is not None
    # (g − mean g) / eps, with mean g = 1/4
    torch.testing.assert_close(x.grad.flatten(), torch.tensor([1.5, -0.5, -0.5, -0.5]))


def test_fewer_axes_become_four() -> None:
    assert top_shapes("MVN", "", [(4, 6)]) == [(4, 6, 1, 1)]
    with pytest.raises(ShapeError, match="at most 4 axes"):
        top_shapes("MVN", "", [(1, 2, 3, 4, 5)])
