"""Normalize: unit length times weights, with SSD's gradient."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import drawn, one_net, run_layer, run_net, top_shapes

PIXEL = "norm_param { across_spatial: false channel_shared: false scale_filler { value: 20 } }"


def test_lengths() -> None:
    x = torch.randn(2, 3, 4, 5)
    (image,) = run_layer("Normalize", "", x)
    torch.testing.assert_close(image.flatten(1).norm(dim=1), torch.ones(2))
    (pixel,) = run_layer("Normalize", PIXEL, x)
    torch.testing.assert_close(pixel.norm(dim=1), torch.full((2, 4, 5), 20.0))
    assert torch.equal(pixel.sign(), x.sign())


def test_a_black_image_stays_black() -> None:
    x = torch.zeros(1, 3, 2, 2, requires_grad=True)
    (y,) = run_layer("Normalize", PIXEL, x)
    y.sum().backward()
    assert not y.any()
    assert x.grad is not None
    assert x.grad.isfinite().all()


def test_gradient_by_hand() -> None:
    net: Any = one_net("Normalize", PIXEL, [(1, 2, 1, 1)]).double()
    with torch.no_grad():
        net.l.weight.copy_(torch.tensor([1.0, 3.0]))
    x = torch.tensor([3.0, 4.0], dtype=torch.float64).view(1, 2, 1, 1).requires_grad_()
    (y,) = run_net(net, x)
    torch.testing.assert_close(y.flatten(), torch.tensor([0.6, 2.4], dtype=torch.float64))
    y.backward(torch.tensor([1.0, 0.0], dtype=torch.float64).view(1, 2, 1, 1))
    assert x.grad is not None
    # SSD: weight · (g − u (g·u)) / norm with u = (0.6, 0.8), g = (1, 0)
    wanted = torch.tensor([1 * (1 - 0.36) / 5, 3 * (-0.48) / 5], dtype=torch.float64)
    torch.testing.assert_close(x.grad.flatten(), wanted)
    torch.testing.assert_close(net.l.weight.grad, torch.tensor([0.6, 0.0], dtype=torch.float64))


@pytest.mark.parametrize("text", ["", PIXEL, "norm_param { across_spatial: false }"])
def test_equal_weights_give_the_true_gradient(text: str) -> None:
    net = one_net("Normalize", text, [(2, 3, 2, 2)]).double()
    x = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: run_net(net, x)[0], (x,))


def test_blobs_and_refusals() -> None:
    net: Any = one_net("Normalize", "", [(2, 3)])
    assert net.l.weight.shape == ()
    with pytest.raises(ShapeError, match="2 to 4 axes"):
        top_shapes("Normalize", "", [(2,)])
    with pytest.raises(ShapeError) as caught:
        top_shapes("Normalize", 'norm_param { scale_filler { type: "xavier" } }', [(2, 3)])
    assert caught.value.field == "norm_param.scale_filler.type"


def test_norms_as_a_second_top_have_a_shape_and_do_not_run() -> None:
    for text, norms in (("", (2, 1, 1, 1)), ("norm_param { across_spatial: false }", (2, 1, 4, 5))):
        assert top_shapes("Normalize", text, [(2, 3, 4, 5)], 2) == [(2, 3, 4, 5), norms]
    with pytest.raises(UnsupportedError, match="gradient through its norms"):
        run_layer("Normalize", "", drawn(2, 3), tops=2)
