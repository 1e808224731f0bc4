"""Passes over the steps of a net: from where to where, who is told, and what runs as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from caffe2torch.pycaffe.running import find_joined
from tests.pycaffe.nets import MLP, net_of


@pytest.fixture
def mlp(tmp_path: Path) -> caffe.Net:
    return net_of(tmp_path, MLP)


def test_a_pass_from_the_middle_takes_the_values_that_were_set(mlp: caffe.Net) -> None:
    mlp.forward(data=np.ones((2, 3), np.float32))
    before = mlp.blobs["side"].data.copy()
    mlp.blobs["ip1"].data[...] = [[1, 2, 3, 4], [5, 6, 7, 8]]
    outs = mlp.forward(start="ip2", end="ip2")
    w, b = (blob.data for blob in mlp.params["ip2"])
    assert list(outs) == ["ip2"]
    np.testing.assert_allclose(outs["ip2"], mlp.blobs["ip1"].data @ w.T + b, rtol=1e-5)
    np.testing.assert_array_equal(mlp.blobs["side"].data, before)


def test_callbacks_see_each_layer(mlp: caffe.Net) -> None:
    seen: list[tuple[str, int]] = []
    mlp.before_forward(lambda i: seen.append(("before", i)))
    mlp.after_forward(lambda i: seen.append(("after", i)))
    mlp.before_backward(lambda i: seen.append(("down", i)))
    mlp.after_backward(lambda i: seen.append(("up", i)))
    mlp.forward(start="ip2")
    mlp.backward(end="side")
    assert seen == [
        ("before", 4), ("after", 4), ("before", 5), ("after", 5), ("down", 5), ("up", 5),
    ]  # fmt: skip


def test_a_net_without_loss_or_force_backward_runs_no_backward(tmp_path: Path) -> None:
    net = net_of(tmp_path, MLP.replace("force_backward: true", ""))
    net.forward(data=np.ones((2, 3), np.float32))
    net.blobs["ip2"].diff[...] = 1
    assert not net.backward()["data"].any()


def test_a_layer_that_needs_no_backward_is_passed_over(tmp_path: Path) -> None:
    """Flatten's backward would give its bottom the memory of its top's gradient."""
    flat = NORM[: NORM.index('layer { name: "bn"')].replace("Power", "Flatten")
    net = net_of(tmp_path, flat)
    net.forward()
    net.blobs["p"].diff[...] = 1
    net.backward()
    assert not net.blobs["x"].diff.any()


NORM = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 dim: 1 dim: 2 } } }
layer { name: "p" type: "Power" bottom: "x" top: "p" }
layer { name: "bn" type: "BatchNorm" bottom: "p" top: "p" }
layer { name: "sc" type: "Scale" bottom: "p" top: "p" scale_param { bias_term: true } }
layer { name: "sum" type: "Reduction" bottom: "p" top: "sum" }
"""


def normed(tmp_path: Path, text: str = NORM) -> caffe.Net:
    """Mean 1, 2 and variance 4 of two channels, times 3 and plus 1."""
    net = net_of(tmp_path, text)
    for blob, values in zip(net.params["bn"], ([1, 2], [4, 4], [1]), strict=True):
        blob.data[...] = values
    for blob, values in zip(net.params["sc"], ([3, 3], [1, 1]), strict=True):
        blob.data[...] = values
    net.blobs["x"].data[...] = np.array([[1, 3], [2, 4]]).reshape(1, 2, 1, 2)
    return net


def test_batchnorm_and_scale_in_place_run_as_one(tmp_path: Path) -> None:
    net = normed(tmp_path)
    assert list(net._assembly.joined) == [2]
    net.forward()
    # (x - mean) / 2 · 3 + 1
    np.testing.assert_allclose(net.blobs["p"].data.ravel(), [1, 4, 1, 4], rtol=1e-4)
    assert float(net.blobs["sum"].data) == pytest.approx(10, rel=1e-4)


def test_a_pass_that_ends_between_them_runs_the_first_alone(tmp_path: Path) -> None:
    net = normed(tmp_path)
    net.forward(end="bn")
    np.testing.assert_allclose(net.blobs["p"].data.ravel(), [0, 1, 0, 1], atol=1e-4)


def test_who_watches_sees_both(tmp_path: Path) -> None:
    net = normed(tmp_path)
    between: list[float] = []
    net.after_forward(lambda i: between.append(float(net.blobs["p"].data.max())))
    net.forward()
    assert between == pytest.approx([0, 4, 1, 4, 4], rel=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        NORM.replace('bottom: "p" top: "p" scale', 'bottom: "p" top: "q" scale').replace(
            'bottom: "p" top: "sum"', 'bottom: "q" top: "sum"'
        ),  # the blob between them stays
        "force_backward: true" + NORM,  # each needs a backward of its own
    ],
)
def test_others_run_apart(tmp_path: Path, text: str) -> None:
    assert find_joined(net_of(tmp_path, text)._steps) == {}
