"""Layers at work one by one: gradients from the diffs as they are, and shapes that change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from caffe2torch.errors import C2TError
from tests.pycaffe.nets import MLP, net_of


@pytest.fixture
def mlp(tmp_path: Path) -> caffe.Net:
    return net_of(tmp_path, MLP)


def test_backward_takes_the_diffs_that_were_set(mlp: caffe.Net) -> None:
    mlp.forward(data=np.array([[1, -2, 3], [0.5, 0, -1]], np.float32))
    mlp.blobs["ip2"].diff[...] = [[1, 0], [0, 0]]
    grads = mlp.backward(diffs=["ip1"])
    w1, w2 = mlp.params["ip1"][0].data, mlp.params["ip2"][0].data
    upper = np.array([[1, 0], [0, 0]]) @ w2 * (mlp.blobs["ip1"].data > 0)
    np.testing.assert_allclose(grads["ip1"], upper, rtol=1e-6)
    np.testing.assert_allclose(grads["data"], upper @ w1, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(mlp.blobs["side"].diff, np.zeros((2, 4)))


def test_gradients_of_parameters_add_up_until_they_are_cleared(mlp: caffe.Net) -> None:
    mlp.forward(data=np.ones((2, 3), np.float32))
    mlp.blobs["ip2"].diff[...] = 1
    mlp.backward()
    once = mlp.params["ip2"][0].diff.copy()
    mlp.backward()
    np.testing.assert_allclose(mlp.params["ip2"][0].diff, 2 * once, rtol=1e-6)
    mlp.clear_param_diffs()
    assert not mlp.params["ip2"][0].diff.any()


def test_backward_reads_what_a_program_has_written_since(mlp: caffe.Net) -> None:
    mlp.forward(data=np.ones((2, 3), np.float32))
    mlp.params["ip2"][0].data[...] = [[1, 2, 3, 4], [0, 0, 0, 0]]
    mlp.blobs["ip2"].diff[...] = [[1, 0], [0, 0]]
    mlp.backward(start="ip2", end="ip2")
    np.testing.assert_array_equal(mlp.blobs["ip1_relu1_0_split_0"].diff[0], [1, 2, 3, 4])


def test_a_new_shape_goes_through_the_net(mlp: caffe.Net) -> None:
    mlp.blobs["data"].reshape(5, 3)
    assert mlp.blobs["ip2"].shape == (2, 2)
    mlp.reshape()
    assert mlp.blobs["ip2"].shape == (5, 2)
    mlp.blobs["data"].reshape(1, 3)
    assert mlp.forward()["ip2"].shape == (1, 2)


def test_a_shape_that_does_not_fit_the_weights_is_refused(mlp: caffe.Net) -> None:
    mlp.blobs["data"].reshape(2, 7)
    with pytest.raises(C2TError, match="ip1"):
        mlp.forward()


def test_the_diff_of_a_loss_is_its_weight(tmp_path: Path) -> None:
    text = MLP + (
        'layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }'
        'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" '
        "loss_weight: 3 }"
    )
    net = net_of(tmp_path, text.replace("force_backward: true", ""), caffe.TRAIN)
    assert net.blobs["loss"].diff == 3
    assert net.blob_loss_weights["loss"] == 3
    net.blobs["data"].data[...] = 1
    assert net._forward(0, len(net.layers) - 1) == pytest.approx(3 * float(net.blobs["loss"].data))
    net.backward()
    scores = np.exp(net.blobs["ip2"].data)
    expected = (scores / scores.sum(1, keepdims=True) - [[1, 0], [1, 0]]) * 3 / 2
    np.testing.assert_allclose(net.blobs["ip2"].diff, expected, rtol=1e-5)


def test_a_layer_shows_its_type_and_number_of_blobs(mlp: caffe.Net) -> None:
    assert repr(mlp.layers[1]) == "<Layer InnerProduct, 2 blobs>"


def test_a_layer_in_place_computes_its_gradient_from_what_it_left(tmp_path: Path) -> None:
    """Caffe's ReLU reads its bottom, which is its top by then: set by hand, it counts."""
    net = net_of(tmp_path, MLP)
    net.forward(data=np.ones((2, 3), np.float32))
    net.blobs["ip1"].data[...] = [[1, -1, 1, 0], [-1, 1, 0, 1]]
    net.blobs["ip1"].diff[...] = 5
    net.backward(start="relu1", end="relu1")
    np.testing.assert_array_equal(net.blobs["ip1"].diff, [[5, 0, 5, 0], [0, 5, 0, 5]])


def test_a_layer_that_has_no_backward_refuses_it(tmp_path: Path) -> None:
    net = net_of(tmp_path, MLP + 'layer { name: "m" type: "ArgMax" bottom: "ip2" top: "m" }')
    net.forward(data=np.ones((2, 3), np.float32))
    with pytest.raises(C2TError, match=r'layer "m" \(ArgMax\)'):
        net.backward(start="m", end="m")


@pytest.mark.parametrize("kind", ["Dropout", "Power"])
def test_a_gradient_passes_a_layer_that_changes_nothing(tmp_path: Path, kind: str) -> None:
    """Dropout in TEST, and Power as it is by default: their top may be the very bottom."""
    text = MLP + f'layer {{ name: "same" type: "{kind}" bottom: "side" top: "same" }}'
    net = net_of(tmp_path, text)
    net.forward(data=np.ones((2, 3), np.float32))
    net.blobs["same"].diff[...] = 3
    net.backward(start="same", end="same")
    assert (net.blobs["side"].diff == 3).all()
    assert not np.shares_memory(net.blobs["side"].diff, net.blobs["same"].diff)


def test_frozen_parameters_get_no_gradient(tmp_path: Path) -> None:
    frozen = MLP.replace('bottom: "data" top: "ip1"', 'bottom: "data" top: "ip1" '
                         "param { lr_mult: 0 } param { lr_mult: 1 }")  # fmt: skip
    frozen = frozen.replace("force_backward: true", "").replace(
        'top: "side"', 'top: "side" loss_weight: 1'
    )
    net = net_of(tmp_path, frozen)
    net.forward(data=np.ones((2, 3), np.float32))
    net.blobs["ip1"].diff[...] = 1
    net.backward(start="ip1", end="ip1")
    assert [bool(blob.diff.any()) for blob in net.params["ip1"]] == [False, True]
