"""Convolutions on packed filters: values, changed filters, and where nothing is packed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from caffe2torch import pycaffe as caffe
from caffe2torch.pycaffe.blob import Blob, BlobVec
from caffe2torch.pycaffe.packed import PackedConvolution

NET = """
layer { name: "data" type: "Input" top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 9 dim: 9 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "msra" } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
  pooling_param { pool: AVE kernel_size: 7 } }
"""

LOSS = """
layer { name: "aim" type: "Input" top: "aim"
  input_param { shape { dim: 1 dim: 4 dim: 1 dim: 1 } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "pool" bottom: "aim" top: "loss" }
"""

pytestmark = pytest.mark.skipif(
    not PackedConvolution.fits(nn.Conv2d(1, 1, 1)), reason="this torch cannot pack filters"
)


@pytest.fixture
def net(tmp_path: Path) -> caffe.Net:
    (tmp_path / "net.prototxt").write_text(NET)
    net = caffe.Net(str(tmp_path / "net.prototxt"), caffe.TEST)
    shape = net.blobs["data"].shape
    net.blobs["data"].data[...] = np.random.default_rng(0).normal(size=shape)
    return net


def convolved(net: caffe.Net) -> torch.Tensor:
    """What torch's own convolution makes of the net's blobs."""
    arrays = (net.blobs["data"].data, net.params["conv"][0].data, net.params["conv"][1].data)
    return torch.conv2d(*[torch.from_numpy(array.copy()) for array in arrays])


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(3, 8, 3),
        nn.Conv2d(4, 6, (2, 3), stride=2, padding=(1, 0), dilation=2, groups=2, bias=False),
        nn.Conv2d(1, 20, 5),
        nn.Conv2d(8, 8, 3, padding=1, groups=8),
    ],
    ids=["plain", "grouped", "one channel", "depthwise"],
)
def test_values_are_those_of_the_plain_operator(module: nn.Conv2d) -> None:
    filters = Blob(module.weight.shape)
    filters.put(module.weight.detach())
    packed = PackedConvolution(module, BlobVec([filters]))
    x = torch.randn(2, module.in_channels, 9, 8, generator=torch.Generator().manual_seed(1))
    for batch in (x, x[:1, :, :7]):
        with torch.no_grad():
            torch.testing.assert_close(packed.plain(batch), module(batch))
            torch.testing.assert_close(packed.rectified(batch), module(batch).relu())


def test_the_relu_behind_shows_only_where_it_has_run(net: caffe.Net) -> None:
    before = net.forward(end="conv")["conv"].copy()
    np.testing.assert_allclose(before, convolved(net), atol=1e-5)
    assert before.min() < 0
    out = net.forward()["pool"]
    np.testing.assert_allclose(out[0, :, 0, 0], before.clip(0).mean(axis=(0, 2, 3)), atol=1e-5)
    np.testing.assert_allclose(net.blobs["conv"].data, before.clip(0), atol=1e-6)


def test_filters_are_packed_again_when_the_program_changes_them(net: caffe.Net) -> None:
    net.forward()
    net.params["conv"][0].data[...] *= 2
    np.testing.assert_allclose(net.forward(end="conv")["conv"], convolved(net), atol=1e-5)
    held = net.params["conv"][0].data
    for factor in (3, 0.5):
        held *= factor
        np.testing.assert_allclose(net.forward(end="conv")["conv"], convolved(net), atol=1e-5)


def test_filters_follow_a_solver(net: caffe.Net, tmp_path: Path) -> None:
    net.forward()
    (tmp_path / "train.prototxt").write_text(NET + LOSS)
    (tmp_path / "solver.prototxt").write_text(
        f'net: "{tmp_path}/train.prototxt" base_lr: 1 lr_policy: "fixed" max_iter: 1 '
        f'snapshot_prefix: "{tmp_path}/x"'
    )
    solver = caffe.SGDSolver(str(tmp_path / "solver.prototxt"))
    solver.net.blobs["data"].data[...] = net.blobs["data"].data
    solver.net.blobs["aim"].data[...] = 5
    net.share_with(solver.net)
    first = net.forward(end="conv")["conv"].copy()
    solver.step(1)
    second = net.forward(end="conv")["conv"]
    assert np.abs(second - first).max() > 0.1
    np.testing.assert_allclose(second, convolved(net), atol=1e-5)


def test_what_is_no_plain_convolution_is_not_packed() -> None:
    assert not PackedConvolution.fits(nn.Conv3d(1, 1, 1))
    assert not PackedConvolution.fits(nn.ConvTranspose2d(1, 1, 1))
    assert not PackedConvolution.fits(None)
