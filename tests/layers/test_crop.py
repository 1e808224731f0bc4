"""Crop: the reference gives sizes, at run time too."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes

X = torch.arange(2.0 * 3 * 6 * 7).view(2, 3, 6, 7)


def test_offsets() -> None:
    def crop(text: str, *size: int) -> torch.Tensor:
        return run_layer("Crop", f"crop_param {{ {text} }}", X, torch.zeros(size))[0]

    assert torch.equal(crop("", 2, 3, 4, 5), X[:, :, :4, :5])
    assert torch.equal(crop("offset: 1", 2, 3, 4, 5), X[:, :, 1:5, 1:6])
    assert torch.equal(crop("offset: 2 offset: 0", 9, 9, 4, 5), X[:, :, 2:6, :5])
    assert torch.equal(
        crop("axis: 1 offset: 1 offset: 2 offset: 0", 1, 2, 3, 4), X[:, 1:3, 2:5, :4]
    )
    assert torch.equal(crop("axis: -1 offset: 3", 1, 1, 1, 4), X[..., 3:7])


def test_sizes_come_from_the_reference_of_each_call() -> None:
    net = one_net("Crop", "crop_param { offset: 1 }", [(2, 3, 6, 7), (2, 3, 4, 5)])
    assert run_net(net, X, torch.zeros(2, 3, 2, 6))[0].shape == (2, 3, 2, 6)


def test_gradient_is_zero_outside() -> None:
    x = X.clone().requires_grad_()
    run_layer("Crop", "crop_param { offset: 1 }", x, torch.zeros(2, 3, 2, 2))[0].sum().backward()
    assert x.grad is not None
    assert x.grad.sum().item() == 2 * 3 * 4
    assert x.grad[:, :, 1:3, 1:3].eq(1).all()


@pytest.mark.parametrize(
    ("text", "size", "field"),
    [
        ("", (2, 3, 7, 7), "bottom"),
        ("offset: 3", (2, 3, 4, 4), "crop_param.offset"),
        ("axis: 1 offset: 0 offset: 0", (2, 3, 4, 4), "crop_param.offset"),
        ("axis: 4", (2, 3, 4, 4), "crop_param.axis"),
        ("", (2, 3), "bottom"),
    ],
)
def test_refusals(text: str, size: tuple[int, ...], field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Crop", f"crop_param {{ {text} }}", [(2, 3, 6, 7), size])
    assert caught.value.field == field
