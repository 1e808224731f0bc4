"""DeformableConvolution against a naive loop; test_examples differentiates it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, one_net, run_net, top_shapes


@pytest.mark.parametrize("group", [1, 2])
@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize(("stride", "pad", "dilation"), [(1, 1, 1), (2, 2, 2)])
def test_deformable_convolution(
    group: int, parts: int, stride: int, pad: int, dilation: int
) -> None:
    h, w, kh, kw = 5, 6, 3, 2
    oh, ow = ((s + 2 * pad - dilation * (k - 1) - 1) // stride + 1 for s, k in ((h, kh), (w, kw)))
    text = (
        f"deformable_convolution_param {{ num_output: 4 kernel_h: {kh} kernel_w: {kw} "
        f"stride: {stride} pad: {pad} dilation: {dilation} group: {group} "
        f"deformable_group: {parts} weight_filler {{ type: 'gaussian' std: 1 }} "
        "bias_filler { type: 'gaussian' std: 1 } }"
    )
    shapes = [(2, 4, h, w), (2, 2 * parts * kh * kw, oh, ow)]
    net = one_net("DeformableConvolution", text, shapes)
    weight, bias = (p.detach().numpy() for p in net.get_submodule("l").parameters())
    x, offsets = drawn(*shapes[0]), 2 * drawn(*shapes[1], seed=1)

    def read(plane: torch.Tensor, row: float, column: float) -> float:
        if not (0 <= row < h and 0 <= column < w):
            return 0.0
        y0, x0 = min(int(row), h - 1), min(int(column), w - 1)
        y1, x1 = min(y0 + 1, h - 1), min(x0 + 1, w - 1)
        down, right = (row - y0 if y1 > y0 else 0.0), (column - x0 if x1 > x0 else 0.0)
        above = plane[y0, x0] * (1 - right) + plane[y0, x1] * right
        below = plane[y1, x0] * (1 - right) + plane[y1, x1] * right
        return float(above * (1 - down) + below * down)

    expected = np.empty((2, 4, oh, ow))
    for n, o, i, j in np.ndindex(*expected.shape):
        total = float(bias[o])
        for c, a, b in np.ndindex(4 // group, kh, kw):
            channel = o // (4 // group) * (4 // group) + c
            at = 2 * (channel // (4 // parts) * kh * kw + a * kw + b)
            row = i * stride - pad + a * dilation + offsets[n, at, i, j].item()
            column = j * stride - pad + b * dilation + offsets[n, at + 1, i, j].item()
            total += float(weight[o, c, a, b]) * read(x[n, channel], row, column)
        expected[n, o, i, j] = total
    close(run_net(net, x, offsets)[0].detach(), expected)


def test_deformable_convolution_refuses_what_does_not_fit() -> None:
    text = "deformable_convolution_param { num_output: 4 kernel_size: 3 deformable_group: 3 }"
    with pytest.raises(ShapeError, match="no multiple of 3"):
        top_shapes("DeformableConvolution", text, [(2, 4, 5, 6), (2, 54, 3, 4)])
    with pytest.raises(ShapeError, match="offsets have shape"):
        top_shapes("DeformableConvolution", text.replace(": 3 }", ": 2 }"), [(2, 4, 5, 6)] * 2)
