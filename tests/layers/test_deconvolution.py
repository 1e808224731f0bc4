"""Deconvolution is the adjoint of Convolution: <conv(x), y> = <x, deconv(y)>."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module.blobs import graph_of
from caffe2torch.module.emit import emit
from tests.layers.one_layer import one_graph, one_net, run_net, top_shapes

WINDOWS = [
    ((2, 4, 5, 7), 1, "kernel_size: 3 stride: 2 pad: 1"),
    ((2, 4, 5, 6), 1, "kernel_h: 2 kernel_w: 3 pad_h: 1 pad_w: 0 dilation: 2"),
    ((2, 4, 9), 1, "kernel_size: 3 stride: 3"),
    ((1, 4, 4, 5, 3), 1, "kernel_size: 2 stride: 1"),
    ((1, 4, 3, 5, 3, 3), 1, "kernel_size: 3 stride: 2 pad: 1"),
    ((2, 3, 4, 5, 5), 2, "kernel_size: 3 stride: 2"),
    ((5, 4), 1, "kernel_size: 1"),
]


@pytest.mark.parametrize("group", [1, 2])
@pytest.mark.parametrize(("shape", "axis", "window"), WINDOWS, ids=lambda v: str(v))
def test_is_the_adjoint_of_convolution(
    shape: tuple[int, ...], axis: int, window: str, group: int
) -> None:
    common = f"{window} axis: {axis} group: {group} bias_term: false"
    channels = shape[axis]
    forward: Any = one_net(
        "Convolution",
        f'convolution_param {{ {common} num_output: 6 weight_filler {{ type: "gaussian" }} }}',
        [shape],
    ).double()
    x = torch.randn(shape, dtype=torch.float64)
    (conv,) = run_net(forward, x)
    y = torch.randn_like(conv)
    back: Any = one_net(
        "Deconvolution",
        f"convolution_param {{ {common} num_output: {channels} }}",
        [tuple(y.shape)],
    ).double()
    with torch.no_grad():
        back.l.weight.copy_(forward.l.weight)
    (deconv,) = run_net(back, y)
    assert deconv.shape == x.shape
    torch.testing.assert_close((conv * y).sum(), (x * deconv).sum())


def test_bias_is_added_once_for_each_pixel() -> None:
    for shape, axis in (((1, 2, 3, 3), 1), ((1, 2, 3, 3, 3), 2), ((1, 2, 2, 2, 2, 2), 1)):
        text = "num_output: 3 kernel_size: 2 bias_filler { value: 1.5 }"
        net = one_net("Deconvolution", f"convolution_param {{ {text} axis: {axis} }}", [shape])
        (y,) = run_net(net, torch.randn(shape))
        assert (y == 1.5).all()
        assert tuple(y.shape) == graph_of(net).node("l").top_shapes[0]


def test_bilinear_upsampling_doubles_a_ramp() -> None:
    text = 'num_output: 1 kernel_size: 4 stride: 2 pad: 1 weight_filler { type: "bilinear" }'
    net = one_net("Deconvolution", f"convolution_param {{ {text} }}", [(1, 1, 1, 4)])
    (y,) = run_net(net, torch.tensor([0.0, 4.0, 8.0, 12.0]).view(1, 1, 1, 4))
    # inside, a step of 4 becomes two steps of 2; the one row is weighted 0.75 and 0.75
    torch.testing.assert_close(y[0, 0, 0, 1:7], 0.75 * torch.tensor([1.0, 3, 5, 7, 9, 11]))


def test_the_usual_case_is_torchs_own_module() -> None:
    text = "convolution_param { num_output: 21 kernel_size: 4 stride: 2 pad: 1 group: 21 }"
    source = emit(one_graph("Deconvolution", text, [(1, 21, 9, 9)]))
    assert "nn.ConvTranspose2d(21, 21, 4, stride=2, padding=1, groups=21)" in source


def test_padding_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ShapeError, match="gives an output of"):
        top_shapes(
            "Deconvolution",
            "convolution_param { num_output: 2 kernel_size: 3 pad: 3 }",
            [(1, 2, 3, 3)],
        )
