"""ConvolutionDepthwise: one filter for each channel, whatever the file says."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module.emit import emit
from tests.layers.one_layer import one_graph, run_layer, top_shapes

WINDOW = 'kernel_size: 3 pad: 1 stride: 2 weight_filler { type: "xavier" }'


def test_groups_and_outputs_are_the_channels() -> None:
    x = torch.randn(2, 4, 6, 7)
    (y,) = run_layer("ConvolutionDepthwise", f"convolution_param {{ {WINDOW} num_output: 9 }}", x)
    full = f"convolution_param {{ {WINDOW} num_output: 4 group: 4 }}"
    (wanted,) = run_layer("Convolution", full, x)
    torch.testing.assert_close(y, wanted)


def test_is_torchs_own_module() -> None:
    text = "convolution_param { kernel_size: 3 bias_term: false }"
    source = emit(one_graph("ConvolutionDepthwise", text, [(1, 8, 5, 5)]))
    assert "nn.Conv2d(8, 8, 3, groups=8, bias=False)" in source


def test_two_spatial_axes_only() -> None:
    with pytest.raises(ShapeError, match="4 axes"):
        top_shapes("ConvolutionDepthwise", "convolution_param { kernel_size: 1 }", [(1, 2, 3)])
