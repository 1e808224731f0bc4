"""Im2col: a convolution is a matrix product with its patches."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes


@pytest.mark.parametrize(
    ("shape", "window"),
    [
        ((2, 3, 6, 7), "kernel_size: 3 stride: 2 pad: 1"),
        ((2, 3, 7, 6), "kernel_h: 2 kernel_w: 3 stride_h: 1 stride_w: 2 dilation: 2 dilation: 1"),
        ((2, 3, 8), "kernel_size: 3 pad: 2"),
        ((1, 2, 4, 5, 3), "kernel_size: 2 stride: 2 pad: 1"),
        ((1, 2, 2, 2), "kernel_size: 3 stride: 2"),
    ],
)
def test_product_with_the_filters_is_the_convolution(shape: tuple[int, ...], window: str) -> None:
    x = torch.randn(shape, dtype=torch.float64)
    (patches,) = run_layer("Im2col", f"convolution_param {{ {window} }}", x)
    text = f'{window} num_output: 4 bias_term: false weight_filler {{ type: "gaussian" }}'
    net = one_net("Convolution", f"convolution_param {{ {text} }}", [shape]).double()
    (y,) = run_net(net, x)
    product = torch.einsum("ok,nk...->no...", net.l.weight.flatten(1), patches)  # type: ignore
    torch.testing.assert_close(product, y)


def test_axes_before_the_channels_stay() -> None:
    x = torch.randn(2, 5, 3, 4, 4)
    (joined,) = run_layer("Im2col", "convolution_param { kernel_size: 2 axis: 2 }", x)
    (single,) = run_layer("Im2col", "convolution_param { kernel_size: 2 }", x.flatten(0, 1))
    assert torch.equal(joined.flatten(0, 1), single)


def test_no_spatial_axis_is_refused() -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Im2col", "convolution_param { kernel_size: 1 }", [(2, 3)])
    assert caught.value.field == "convolution_param.axis"
