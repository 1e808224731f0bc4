"""Local: at each pixel the convolution with that pixel's own filters."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_net, top_shapes

FILL = 'weight_filler { type: "gaussian" } bias_filler { type: "gaussian" }'


@pytest.mark.parametrize(
    ("window", "stride", "pad"),
    [("kernel_size: 3", 1, 0), ("kernel_size: 3 stride: 2 pad: 1", 2, 1)],
)
def test_each_pixel_has_its_own_filters(window: str, stride: int, pad: int) -> None:
    net: Any = one_net("Local", f"local_param {{ num_output: 4 {window} {FILL} }}", [(2, 3, 6, 5)])
    x = torch.randn(2, 3, 6, 5)
    (y,) = run_net(net, x)
    weight, bias = net.l.weight, net.l.bias
    for pixel in range(weight.shape[3]):
        filters = weight[:, 0, :, pixel].reshape(4, 3, 3, 3)
        convolved = F.conv2d(x, filters, bias[0, 0, :, pixel], stride, pad)
        torch.testing.assert_close(y.flatten(2)[:, :, pixel], convolved.flatten(2)[:, :, pixel])


def test_blob_shapes() -> None:
    net: Any = one_net(
        "Local", "local_param { num_output: 4 kernel_h: 3 kernel_w: 2 }", [(2, 3, 6, 5)]
    )
    assert net.l.weight.shape == (4, 1, 18, 16)
    assert net.l.bias.shape == (1, 1, 4, 16)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("kernel_size: 3", "num_output"),
        ("num_output: 2", "kernel_size"),
        ("num_output: 2 kernel_size: 3 stride: 0", "stride"),
        ("num_output: 2 kernel_size: 7", "kernel_size"),
    ],
)
def test_refusals(text: str, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Local", f"local_param {{ {text} }}", [(2, 3, 6, 5)])
    assert caught.value.field == f"local_param.{field}"
