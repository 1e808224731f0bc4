"""Layers that only share memory: whose values and gradients a program sees, as in Caffe."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from caffe2torch import pycaffe as caffe
from caffe2torch.pycaffe import memory_steps
from tests.pycaffe.nets import net_of

X = (
    'force_backward: true layer { name: "x" type: "Input" top: "x" '
    "input_param { shape { dim: 2 dim: 3 } } }\n"
)
FLAT = 'layer { name: "f" type: "Flatten" bottom: "x" top: "f" }\n'
RESHAPED = (
    'layer { name: "r" type: "Reshape" bottom: "x" top: "r" '
    "reshape_param { shape { dim: [3, 2] } } }\n"
)
COUNT = np.arange(6, dtype=np.float32).reshape(2, 3)


def power(name: str, bottom: str) -> str:
    return f'layer {{ name: "{name}" type: "Power" bottom: "{bottom}" top: "{name}" }}\n'


def test_a_split_hands_on_the_values_and_adds_the_gradients(tmp_path: Path) -> None:
    net = net_of(tmp_path, X + power("a", "x") + power("b", "x"))
    net.forward(x=COUNT)
    a, b = net.top_names["x_x_0_split"]
    assert np.shares_memory(net.blobs[a].data, net.blobs["x"].data)
    net.blobs[a].diff[...], net.blobs[b].diff[...] = COUNT, 10
    net.backward(start="x_x_0_split", end="x_x_0_split")
    np.testing.assert_array_equal(net.blobs["x"].diff, COUNT + 10)
    assert not np.shares_memory(net.blobs["x"].diff, net.blobs[a].diff)


def test_flatten_shares_values_after_forward_and_the_gradient_after_backward(
    tmp_path: Path,
) -> None:
    net = net_of(tmp_path, X.replace("dim: 3", "dim: 3 dim: 1") + FLAT + power("a", "f"))
    net.forward(x=COUNT.reshape(2, 3, 1))
    assert net.blobs["f"].shape == (2, 3)
    assert np.shares_memory(net.blobs["f"].data, net.blobs["x"].data)
    net.blobs["f"].diff[...] = COUNT
    assert not net.blobs["x"].diff.any()
    net.backward(start="f", end="f")
    np.testing.assert_array_equal(net.blobs["x"].diff, COUNT.reshape(2, 3, 1))


def test_reshape_shares_both_memories_from_the_start(tmp_path: Path) -> None:
    net = net_of(tmp_path, X + RESHAPED + power("a", "r"))
    net.blobs["r"].data[...] = COUNT.reshape(3, 2)
    net.blobs["r"].diff[...] = 7
    np.testing.assert_array_equal(net.blobs["x"].data, COUNT)
    assert (net.blobs["x"].diff == 7).all()


def test_no_gradient_passes_a_reshape_that_a_flatten_follows(tmp_path: Path) -> None:
    behind = 'layer { name: "f" type: "Flatten" bottom: "r" top: "f" }\n'
    net = net_of(tmp_path, X + RESHAPED + behind + power("a", "f"))
    net.forward(x=COUNT)
    net.blobs["a"].diff[...] = 1
    net.backward()
    assert (net.blobs["r"].diff == 1).all() and not net.blobs["x"].diff.any()


def test_what_silence_takes_gets_no_gradient(tmp_path: Path) -> None:
    net = net_of(tmp_path, X + power("a", "x") + 'layer { name: "q" type: "Silence" bottom: "a" }')
    net.blobs["a"].diff[...] = 3
    net.backward(start="q", end="q")
    assert not net.blobs["a"].diff.any()


def test_a_parameter_layer_is_its_blob(tmp_path: Path) -> None:
    text = 'layer { name: "p" type: "Parameter" top: "p" parameter_param { shape { dim: 3 } } }'
    net = net_of(tmp_path, text + power("a", "p"), caffe.TRAIN)
    net.params["p"][0].data[...] = [1, 2, 3]
    assert net.blobs["p"].data.tolist() == [1, 2, 3]
    net.blobs["p"].diff[...] = 4
    assert (net.params["p"][0].diff == 4).all()
    donor = net_of(tmp_path, text + power("a", "p"))
    donor.params["p"][0].data[...] = 9
    net.share_with(donor)
    assert (net.blobs["p"].data == 9).all()


def test_a_concat_of_one_blob_shares_and_one_of_two_computes(tmp_path: Path) -> None:
    concat = 'layer { name: "c" type: "Concat" bottom: "x" %s top: "c" }\n'
    one = net_of(tmp_path, X + concat % "")
    assert memory_steps.sharing(one._steps[1].node) is memory_steps.ReshapeStep
    two = net_of(tmp_path, X + concat % 'bottom: "x"')
    steps = {step.node.name: memory_steps.sharing(step.node) for step in two._steps}
    assert steps == {"x": None, "x_x_0_split": memory_steps.SplitStep, "c": None}
