"""caffe.Net: blobs, parameters, partial passes, against values worked out by hand."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from tests.pycaffe.nets import MLP, net_of


@pytest.fixture
def mlp(tmp_path: Path) -> caffe.Net:
    return net_of(tmp_path, MLP)


def test_forward_computes_all_blobs(mlp: caffe.Net) -> None:
    x = np.array([[1, -2, 3], [0.5, 0, -1]], np.float32)
    outs = mlp.forward(data=x, blobs=["ip1"])
    (w1, b1), (w2, b2) = ([b.data for b in mlp.params[n]] for n in ("ip1", "ip2"))
    hidden = np.maximum(x @ w1.T + b1, 0)
    np.testing.assert_allclose(outs["ip1"], hidden, rtol=1e-6)
    np.testing.assert_allclose(outs["ip2"], hidden @ w2.T + b2, rtol=1e-5)
    np.testing.assert_allclose(outs["side"], 2 * hidden, rtol=1e-6)


def test_a_view_that_is_held_sees_every_forward(mlp: caffe.Net) -> None:
    held = mlp.blobs["ip2"].data
    for scale in (1, 2):
        mlp.forward(data=np.full((2, 3), scale, np.float32))
        assert held is not mlp.blobs["ip2"].data
        np.testing.assert_array_equal(held, mlp.blobs["ip2"].data)
    assert held.any()


def test_a_blob_shares_its_memory_and_reading_it_copies_nothing(mlp: caffe.Net) -> None:
    mlp.forward(data=np.ones((2, 3), np.float32))
    one, other = mlp.blobs["ip2"].data, mlp.blobs["ip2"].data
    assert np.shares_memory(one, other)
    assert np.shares_memory(mlp.blobs["ip1"].data, mlp.blobs["ip1_relu1_0_split_1"].data)
    assert not np.shares_memory(mlp.blobs["ip1"].data, mlp.blobs["side"].data)


def test_names_that_are_not_there_raise_what_pycaffe_raises(mlp: caffe.Net) -> None:
    with pytest.raises(ValueError, match="is not in list"):
        mlp.forward(start="nowhere")
    with pytest.raises(KeyError):
        mlp.forward(blobs=["nothing"])
    with pytest.raises(Exception, match="Input blob arguments do not match net inputs"):
        mlp.forward(image=np.ones((2, 3)))
    with pytest.raises(Exception, match="Input is not batch sized"):
        mlp.forward(data=np.ones((3, 3)))
    with pytest.raises(RuntimeError, match="Could not open file gone.prototxt"):
        caffe.Net("gone.prototxt", caffe.TEST)


def test_its_lists_of_names_stay_as_the_program_changes_them(mlp: caffe.Net) -> None:
    mlp.outputs.append("ip1")
    assert mlp.outputs == ["ip2", "side", "ip1"]
    assert list(mlp.forward()) == ["ip2", "side", "ip1"]
    mlp.inputs.append("ip2")
    with pytest.raises(Exception, match="Input blob arguments do not match net inputs"):
        mlp.forward(data=np.ones((2, 3)))


def test_all_its_layers_are_layers(mlp: caffe.Net) -> None:
    assert all(isinstance(layer, caffe.Layer) for layer in mlp.layers)
    assert [layer.type for layer in mlp.layers] == [
        "Input", "InnerProduct", "ReLU", "Split", "InnerProduct", "Power",
    ]  # fmt: skip


def test_forward_all_pads_the_last_batch(mlp: caffe.Net) -> None:
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    outs = mlp.forward_all(data=x, blobs=["ip1"])
    assert outs["ip2"].shape == (5, 2)
    np.testing.assert_allclose(outs["ip1"][4], mlp.forward(data=x[[4, 0]], blobs=["ip1"])["ip1"][0])


def test_both_orders_of_arguments_load_weights(mlp: caffe.Net, tmp_path: Path) -> None:
    file = str(tmp_path / "w.caffemodel")
    mlp.save(file)
    proto = str(tmp_path / "net.prototxt")
    old, new = caffe.Net(proto, file, caffe.TEST), caffe.Net(proto, caffe.TEST, weights=file)
    for net in (old, new):
        np.testing.assert_array_equal(net.params["ip2"][0].data, mlp.params["ip2"][0].data)


def test_data_outlive_their_net(mlp: caffe.Net) -> None:
    x = np.ones((2, 3), np.float32)
    out, weight = mlp.forward(data=x)["ip2"], mlp.params["ip2"][0].data
    total = out.sum() + weight.sum()
    del mlp
    gc.collect()
    assert out.sum() + weight.sum() == total


def test_a_deleted_net_is_freed_at_once(tmp_path: Path) -> None:
    gc.disable()
    try:
        net = net_of(tmp_path, MLP)
        net.forward(data=np.ones((2, 3), np.float32))
        net.backward()
        watched = [weakref.ref(net), weakref.ref(net._steps[1]), weakref.ref(net.blobs["ip1"])]
        del net
        assert [ref() for ref in watched] == [None] * 3
    finally:
        gc.enable()


def test_the_making_of_a_net_is_logged_unless_the_variable_forbids_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "net.prototxt"
    file.write_text('layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 } } }')
    monkeypatch.setenv("GLOG_minloglevel", "0")
    caffe.Net(str(file), caffe.TEST)
    lines = capsys.readouterr().err.splitlines()
    texts = [line.partition("] ")[2] for line in lines]
    assert "Creating Layer in" in texts
    assert "Top shape: 2 (2)" in texts
    assert texts[-1] == "Network initialization done."
    monkeypatch.setenv("GLOG_minloglevel", "1")
    caffe.Net(str(file), caffe.TEST)
    assert capsys.readouterr().err == ""
