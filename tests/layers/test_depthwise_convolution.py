"""DepthwiseConvolution: Convolution, groups included, under another name."""

from __future__ import annotations

import torch

from tests.layers.one_layer import run_layer, top_shapes

WINDOW = 'kernel_size: 3 pad: 1 stride: 2 weight_filler { type: "xavier" }'


def test_is_the_grouped_convolution() -> None:
    x = torch.randn(2, 4, 6, 7)
    for numbers in ("num_output: 4 group: 4", "num_output: 8 group: 4", "num_output: 6 group: 2"):
        text = f"convolution_param {{ {WINDOW} {numbers} }}"
        (y,) = run_layer("DepthwiseConvolution", text, x)
        torch.testing.assert_close(y, run_layer("Convolution", text, x)[0])
        assert [tuple(y.shape)] == top_shapes("Convolution", text, [(2, 4, 6, 7)])
