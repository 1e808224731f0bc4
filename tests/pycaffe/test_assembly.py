"""From a net file to blobs and steps: their order, their weights, and whose memory they use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph.filtering import net_state
from caffe2torch.pycaffe.assembly import Assembly, assemble
from tests.pycaffe.nets import MLP, net_of


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


SHARED = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a"
  param { name: "w" lr_mult: 2 } param { lr_mult: 3 decay_mult: 0 }
  inner_product_param { num_output: 3 weight_filler { type: "constant" value: 5 }
    bias_filler { type: "constant" value: 7 } } }
layer { name: "b" type: "InnerProduct" bottom: "a" top: "b" param { name: "w" }
  inner_product_param { num_output: 3 bias_term: false } }
layer { name: "sum" type: "Reduction" bottom: "b" top: "sum" loss_weight: 0.5 }
"""


def assembly(text: str) -> Assembly:
    net = parse_net(text)
    return assemble(net, net_state(net, "TEST"))


def test_parameters_have_their_fillers_values_or_their_owners_memory() -> None:
    params = assembly(SHARED).params()
    assert list(params) == ["a", "b"]
    (weight, bias), (again,) = params["a"], params["b"]
    assert (weight.data == 5).all() and (bias.data == 7).all()
    assert np.shares_memory(weight.data, again.data)
    assert np.shares_memory(weight.diff, again.diff)


def test_what_is_shared_learns_once_at_its_owners_rates() -> None:
    net = assembly(SHARED)
    learnable = net.learnable()
    assert [(lr, decay) for _, lr, decay in learnable] == [(2, 1), (3, 0)]
    assert learnable[0][0] is net.params()["a"][0]


def test_a_loss_has_its_weight_as_gradient() -> None:
    net = assembly(SHARED)
    assert net.loss_weights == [0, 0, 0, 0.5]
    assert [float(blob.diff.sum()) for blob in net.blobs] == [0, 0, 0, 0.5]


def test_a_top_in_place_is_the_same_blob() -> None:
    relu = 'layer { name: "r" type: "ReLU" bottom: "b" top: "b" }'
    net = assembly(SHARED[: SHARED.index('layer { name: "sum"')] + relu)
    assert net.names == ["x", "a", "b"]
    assert (net.bottoms, net.tops) == ([[], [0], [1], [2]], [[0], [1], [2], [2]])


def test_a_top_that_the_net_file_leaves_out_has_a_blob_of_its_own() -> None:
    """Accuracy has none with auto tops; a loss without a top gets one (AutoTopBlobs)."""
    label = 'layer { name: "y" type: "Input" top: "y" input_param { shape { dim: 2 } } }'
    loss = 'layer { name: "%s" type: "SoftmaxWithLoss" bottom: "b" bottom: "y" }'
    net = assembly(SHARED[: SHARED.index('layer { name: "sum"')] + label + loss % "l" + loss % "m")
    assert net.names.count("(automatic)") == 2
    assert [len(tops) for tops in net.tops[-2:]] == [1, 1]
    assert net.tops[-1] != net.tops[-2]


def test_the_setup_of_a_python_layer_that_cannot_be_found_is_an_error() -> None:
    python = (
        'layer { name: "p" type: "Python" bottom: "b" top: "p" '
        'python_param { module: "no_such_module" layer: "L" } }'
    )
    with pytest.raises((C2TError, ImportError), match="no_such_module"):
        assembly(SHARED + python)
