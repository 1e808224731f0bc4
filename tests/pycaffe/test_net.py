"""caffe.Net: blobs, parameters, partial passes, against values worked out by hand."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from caffe2torch.errors import C2TError
from tests.pycaffe.nets import net_of

MLP = """
name: "mlp" force_backward: true
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1"
  inner_product_param { num_output: 4 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
  inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "side" type: "Power" bottom: "ip1" top: "side" power_param { scale: 2 } }
"""


@pytest.fixture
def mlp(tmp_path: Path) -> caffe.Net:
    return net_of(tmp_path, MLP)


def test_blobs_layers_and_params_come_in_caffes_order_with_splits(mlp: caffe.Net) -> None:
    splits = ["ip1_relu1_0_split_0", "ip1_relu1_0_split_1"]
    assert list(mlp.blobs) == ["data", "ip1", *splits, "ip2", "side"]
    layers = ["data", "ip1", "relu1", "ip1_relu1_0_split", "ip2", "side"]
    assert list(mlp._layer_names) == layers
    assert list(mlp.layer_dict) == layers
    assert [layer.type for layer in mlp.layers][3] == "Split"
    assert list(mlp.params) == ["ip1", "ip2"]
    assert (mlp.inputs, mlp.outputs) == (["data"], ["ip2", "side"])
    assert mlp.bottom_names["ip2"] == splits[:1]
    assert mlp.top_names["ip1_relu1_0_split"] == splits


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


def test_a_pass_from_the_middle_takes_the_values_that_were_set(mlp: caffe.Net) -> None:
    mlp.forward(data=np.ones((2, 3), np.float32))
    before = mlp.blobs["side"].data.copy()
    mlp.blobs["ip1"].data[...] = [[1, 2, 3, 4], [5, 6, 7, 8]]
    outs = mlp.forward(start="ip2", end="ip2")
    w, b = (blob.data for blob in mlp.params["ip2"])
    assert list(outs) == ["ip2"]
    np.testing.assert_allclose(outs["ip2"], mlp.blobs["ip1"].data @ w.T + b, rtol=1e-5)
    np.testing.assert_array_equal(mlp.blobs["side"].data, before)


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


def test_a_net_without_loss_or_force_backward_runs_no_backward(tmp_path: Path) -> None:
    net = net_of(tmp_path, MLP.replace("force_backward: true", ""))
    net.forward(data=np.ones((2, 3), np.float32))
    net.blobs["ip2"].diff[...] = 1
    assert not net.backward()["data"].any()


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


def test_forward_all_pads_the_last_batch(mlp: caffe.Net) -> None:
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    outs = mlp.forward_all(data=x, blobs=["ip1"])
    assert outs["ip2"].shape == (5, 2)
    np.testing.assert_allclose(outs["ip1"][4], mlp.forward(data=x[[4, 0]], blobs=["ip1"])["ip1"][0])


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
