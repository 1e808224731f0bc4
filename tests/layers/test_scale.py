"""Scale and Bias: which axes they reach, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module.blobs import export_blobs
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes

SHAPE = (2, 3, 4, 5)


@pytest.mark.parametrize(
    ("axes", "blob", "spread"),
    [
        ("", (3,), (1, 3, 1, 1)),
        ("axis: 0", (2,), (2, 1, 1, 1)),
        ("axis: -2", (4,), (1, 1, 4, 1)),
        ("axis: 1 num_axes: 2", (3, 4), (1, 3, 4, 1)),
        ("axis: 2 num_axes: -1", (4, 5), (1, 1, 4, 5)),
        ("axis: 0 num_axes: -1", SHAPE, SHAPE),
        ("num_axes: 0", (), ()),
    ],
)
def test_blob_covers_the_axes(axes: str, blob: tuple[int, ...], spread: tuple[int, ...]) -> None:
    x = torch.randn(SHAPE, dtype=torch.float64)
    fill = 'filler { type: "gaussian" } bias_term: true bias_filler { type: "gaussian" }'
    if not blob:
        fill = "filler { value: 2 } bias_term: true bias_filler { value: 3 }"
    net = one_net("Scale", f"scale_param {{ {axes} {fill} }}", [SHAPE]).double()
    weight, bias = (torch.from_numpy(b).double() for b in export_blobs(net)["l"])
    assert weight.shape == bias.shape == blob
    torch.testing.assert_close(run_net(net, x)[0], x * weight.view(spread) + bias.view(spread))


def test_defaults_are_one_and_zero() -> None:
    x = torch.randn(SHAPE)
    assert torch.equal(run_layer("Scale", "", x)[0], x)
    assert torch.equal(run_layer("Bias", "", x)[0], x)


@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 4, 5), ()])
def test_a_second_bottom_scales_or_shifts(shape: tuple[int, ...]) -> None:
    x, by = torch.randn(SHAPE), torch.randn(shape)
    spread = by.reshape((1, *shape, *[1] * (3 - len(shape))))
    torch.testing.assert_close(run_layer("Scale", "", x, by)[0], x * spread)
    torch.testing.assert_close(run_layer("Bias", "", x, by)[0], x + spread)
    text = "scale_param { bias_term: true bias_filler { value: 0.5 } }"
    torch.testing.assert_close(run_layer("Scale", text, x, by)[0], x * spread + 0.5)


def test_in_place_keeps_what_the_gradient_needs() -> None:
    x = torch.randn(SHAPE, requires_grad=True)
    net = one_net("Scale", "scale_param { bias_term: true }", [SHAPE])
    (y,) = run_net(net, x)
    y.square().sum().backward()
    weight, bias = net.l.weight.grad, net.l.bias.grad  # type: ignore[union-attr]
    torch.testing.assert_close(weight, (2 * x * x).sum((0, 2, 3)).detach())
    torch.testing.assert_close(bias, (2 * x).sum((0, 2, 3)).detach())


@pytest.mark.parametrize(
    ("kind", "text", "bottoms", "field"),
    [
        ("Scale", "scale_param { axis: 3 num_axes: 2 }", [SHAPE], "scale_param.num_axes"),
        ("Scale", "scale_param { num_axes: -2 }", [SHAPE], "scale_param.num_axes"),
        ("Scale", "scale_param { axis: 4 }", [SHAPE], "scale_param.axis"),
        ("Scale", "", [SHAPE, (4,)], "bottom"),
        ("Bias", "bias_param { axis: 3 }", [SHAPE, (5, 1)], "bottom"),
        ("Bias", "bias_param { num_axes: 4 }", [SHAPE], "bias_param.num_axes"),
        (
            "Scale",
            'scale_param { num_axes: 0 filler { type: "msra" } }',
            [SHAPE],
            "scale_param.filler.type",
        ),
    ],
)
def test_refusals(kind: str, text: str, bottoms: list[tuple[int, ...]], field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes(kind, text, bottoms)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "shape", "gradient"),
    [
        ("", (1, 3, 4), [8.0] * 3),  # one row: only the second pass
        ("scale_param { axis: 0 num_axes: -1 }", (2, 3), [2.0] * 6),  # as large as x
        ("", (2, 3), [8.0] * 3),  # two passes over two rows
    ],
)
def test_where_caffe_replaces_the_gradient_of_the_pass_before(
    text: str, shape: tuple[int, ...], gradient: list[float]
) -> None:
    net: Any = one_net("Scale", text, [shape])
    for _ in range(2):
        run_net(net, torch.full(shape, 2.0))[0].sum().backward()
    assert net.l.weight.grad.flatten().tolist() == gradient
