"""Trained weights into a net by layer name, with Caffe's rules for what does not fit."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.errors import WeightsError
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.module.build import build
from caffe2torch.module.trained import copy_trained
from caffe2torch.train.log import Log
from caffe2torch.weights import ModelWeights, read_weights, write_caffemodel_h5

GOLDEN = Path(__file__).parents[1] / "golden"
NET = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" inner_product_param { num_output: 2 }
  param { name: "w" } param { name: "b" } }
layer { name: "c" type: "InnerProduct" bottom: "x" top: "c" inner_product_param { num_output: 2 }
  param { name: "w" } param { name: "b" } }
layer { name: "d" type: "InnerProduct" bottom: "x" top: "d" inner_product_param { num_output: 4 } }
"""
WEIGHT, BIAS = np.arange(6, dtype=np.float32).reshape(2, 3), np.float32([7, 8])


@pytest.fixture
def net():
    return build(build_graph(upgrade.parse_net(NET)), seed=1)


def weights(**blobs: list[np.ndarray]) -> ModelWeights:
    return ModelWeights("w.caffemodel", blobs=blobs, types=dict.fromkeys(blobs, "InnerProduct"))


def test_layers_are_matched_by_name_and_the_rest_is_told(net) -> None:
    text = io.StringIO()
    given = weights(a=[WEIGHT, BIAS], old=[BIAS], split=[])
    copied = copy_trained(net, given, Log(text))
    assert np.array_equal(net.a.weight.detach(), WEIGHT)
    assert net.c.weight is net.a.weight
    assert (copied.loaded, copied.ignored, copied.fresh) == (["a"], ["old"], ["c", "d"])
    assert copied.notes("w") == [
        "w: layers that this net does not have: old",
        "w: loaded 1, fresh 2 (c, d)",
    ]
    said = [line.partition("] ")[2] for line in text.getvalue().splitlines()]
    assert said == ["Ignoring source layer old", "Ignoring source layer split"]


@pytest.mark.parametrize(
    ("blobs", "message"),
    [
        ([WEIGHT.T, BIAS], 'parameter 0 of layer "a" has shape (3, 2) in w.caffemodel'),
        ([WEIGHT], "has 2 parameters in the net and 1 in w.caffemodel"),
    ],
)
def test_a_misfit_is_an_error_or_a_skipped_layer(net, blobs: list, message: str) -> None:
    before = net.a.weight.detach().clone()
    with pytest.raises(WeightsError) as refused:
        copy_trained(net, weights(a=blobs), Log())
    assert message in str(refused.value)
    assert "--ignore-shape-mismatch" in str(refused.value)
    copied = copy_trained(net, weights(a=blobs), Log(), ignore_shape_mismatch=True)
    assert message in copied.skipped["a"]
    assert copied.notes("w")[0].endswith("; skipped")
    assert np.array_equal(net.a.weight.detach(), before)


def test_old_four_dimensional_blobs_fit_from_the_right(net) -> None:
    given = weights(a=[WEIGHT.reshape(1, 1, 2, 3), BIAS.reshape(1, 1, 1, 2)])
    given.legacy = {("a", 0), ("a", 1)}
    copy_trained(net, given, Log())
    assert np.array_equal(net.a.bias.detach(), BIAS)


def test_hdf5_holds_shared_parameters_under_their_owner_only(net, tmp_path: Path) -> None:
    path = tmp_path / "w.caffemodel.h5"
    write_caffemodel_h5(path, {"a": [WEIGHT, BIAS], "c": [None, None]})
    copied = copy_trained(net, read_weights(path), Log())
    assert copied.loaded == ["a", "c"]
    assert np.array_equal(net.c.weight.detach(), WEIGHT)
    write_caffemodel_h5(path, {"d": [np.zeros((4, 3))]})
    with pytest.raises(WeightsError, match='lacks parameter 1 of layer "d"'):
        copy_trained(net, read_weights(path), Log())


@pytest.mark.parametrize("name", ["siamese", "residual", "captioner"])
@pytest.mark.parametrize("suffix", ["caffemodel", "caffemodel.h5"])
def test_what_caffe_wrote_goes_in_and_is_used(name: str, suffix: str) -> None:
    graph = build_graph(upgrade.read_net(GOLDEN / "nets" / f"{name}.prototxt"), phase="TRAIN")
    net = build(graph, seed=1)
    found = read_weights(GOLDEN / "nets" / f"{name}_train_l0.{suffix}")
    copied = copy_trained(net, found, Log())
    assert not copied.fresh and not copied.ignored
    assert set(copied.loaded) == {node.name for node in graph.nodes if node.params}
