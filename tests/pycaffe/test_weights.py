"""Weights of a net: read from files, shared with another net, written to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from caffe2torch.errors import WeightsError
from caffe2torch.pycaffe.weights import description
from caffe2torch.weights import read_weights
from tests.pycaffe.nets import MLP, net_of


@pytest.fixture
def mlp(tmp_path: Path) -> caffe.Net:
    return net_of(tmp_path, MLP)


def test_weights_are_saved_loaded_and_shared(mlp: caffe.Net, tmp_path: Path) -> None:
    for name, load in (("w.caffemodel", caffe.Net.copy_from), ("w.h5", caffe.Net.load_hdf5)):
        file = str(tmp_path / name)
        mlp.save_hdf5(file) if name.endswith("h5") else mlp.save(file)
        other = net_of(tmp_path, MLP)
        other.params["ip1"][0].data[...] = 0
        load(other, file)
        np.testing.assert_array_equal(other.params["ip1"][0].data, mlp.params["ip1"][0].data)
    other.share_with(mlp)
    mlp.params["ip1"][0].data[0, 0] = 42
    assert other.params["ip1"][0].data[0, 0] == 42
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(other.forward(data=x)["ip2"], mlp.forward(data=x)["ip2"])


IP = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" param { name: "w" }
  inner_product_param { num_output: 3 bias_term: %s } }
layer { name: "b" type: "InnerProduct" bottom: "a" top: "b" param { name: "w" }
  inner_product_param { num_output: 3 bias_term: false } }
layer { name: "l" type: "EuclideanLoss" bottom: "b" bottom: "x" top: "l" }
"""


def test_layers_of_other_blobs_are_refused(tmp_path: Path) -> None:
    two, one = net_of(tmp_path, IP % "true"), net_of(tmp_path, IP % "false")
    two.save(str(tmp_path / "two.caffemodel"))
    with pytest.raises(WeightsError, match="layer a: 1 in the net, 2 in .*two.caffemodel"):
        one.copy_from(str(tmp_path / "two.caffemodel"))
    with pytest.raises(WeightsError, match="Incompatible number of blobs for layer a"):
        one.share_with(two)


def test_another_shape_cannot_be_shared(mlp: caffe.Net, tmp_path: Path) -> None:
    wide = net_of(tmp_path, MLP.replace("dim: 2 dim: 3", "dim: 2 dim: 5"))
    with pytest.raises(WeightsError, match=r"'ip1': shape \(4, 5\) there, \(4, 3\) here"):
        mlp.share_with(wide)


def test_layers_that_one_of_them_lacks_are_left_alone(mlp: caffe.Net, tmp_path: Path) -> None:
    mlp.save(str(tmp_path / "w.caffemodel"))
    other = net_of(tmp_path, MLP.replace('name: "ip2"', 'name: "new"'))
    before = other.params["new"][0].data.copy()
    other.copy_from(str(tmp_path / "w.caffemodel"))
    other.share_with(mlp)
    np.testing.assert_array_equal(other.params["new"][0].data, before)
    assert np.shares_memory(other.params["ip1"][0].data, mlp.params["ip1"][0].data)


def test_hdf5_holds_a_shared_blob_once_and_a_caffemodel_for_each_layer(tmp_path: Path) -> None:
    net = net_of(tmp_path, IP % "false")
    net.params["a"][0].data[...] = 6
    net.save_hdf5(str(tmp_path / "w.h5"))
    net.save(str(tmp_path / "w.caffemodel"))
    once, each = (read_weights(str(tmp_path / f"w.{end}")) for end in ("h5", "caffemodel"))
    assert [len(once[name]) if name in once else 0 for name in "ab"] == [1, 0]
    assert [len(each[name]) for name in "ab"] == [1, 1]
    net.params["a"][0].data[...] = 0
    net.load_hdf5(str(tmp_path / "w.h5"))
    assert (net.params["b"][0].data == 6).all()


def test_the_description_tells_the_weight_of_a_loss(tmp_path: Path) -> None:
    message = description(net_of(tmp_path, IP % "false")._assembly)
    assert [layer.name for layer in message.layer] == ["x", "x_x_0_split", "a", "b", "l"]
    assert [list(layer.loss_weight) for layer in message.layer] == [[], [], [], [], [1]]
