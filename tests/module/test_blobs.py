"""Parameters between torch and Caffe: out and back, shared ones, and those that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.errors import WeightsError
from caffe2torch.module import blobs, build
from caffe2torch.module.blobs import export_blobs, graph_of, set_blobs
from tests.graph.nets import DATA, graph, ip
from tests.module.nets import SMALL, filled

NAMED = 'param { name: "w" }'
TIED = DATA + ip("a", "data", "a", NAMED) + ip("b", "data", "b", NAMED)
NORM = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 dim: 3 dim: 3 } } }
layer { name: "bn" type: "BatchNorm" bottom: "x" top: "bn" }
"""


def test_blobs_go_out_and_come_back(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, filled(SMALL)), seed=0)
    blobs = export_blobs(net)
    other = build.build(graph(tmp_path, filled(SMALL)), seed=9)
    for node in graph_of(other).nodes:
        if node.params:
            set_blobs(other, node, blobs[node.name])
    for name, value in net.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_blobs_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, SMALL), seed=0)
    node = graph_of(net).node("a")
    with pytest.raises(WeightsError, match=r"shape \(4, 3\) here and \(4, 2\)"):
        set_blobs(net, node, [np.zeros((4, 2), np.float32)])
    with pytest.raises(WeightsError, match="has 1 blobs here and 2"):
        set_blobs(net, node, [np.zeros((4, 3), np.float32)] * 2)


def test_a_blob_that_is_not_given_stays(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, filled(SMALL)), seed=0)
    before = export_blobs(net)["a"][0]
    set_blobs(net, graph_of(net).node("a"), [None])
    np.testing.assert_array_equal(export_blobs(net)["a"][0], before)


def test_shapes_of_equal_count_are_reshaped(tmp_path: Path) -> None:
    """A caffemodel of 2013 has (1, 1, 4, 3) for an inner product."""
    net = build.build(graph(tmp_path, SMALL), seed=0)
    old = np.arange(12, dtype=np.float32).reshape(1, 1, 4, 3)
    set_blobs(net, graph_of(net).node("a"), [old])
    np.testing.assert_array_equal(export_blobs(net)["a"][0], old.reshape(4, 3))


def test_a_shared_blob_has_one_tensor_and_goes_out_with_both_layers(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, TIED), seed=0)
    a, b = (graph_of(net).node(name) for name in "ab")
    assert list(blobs.tensors(net)) == [id(a.params[0])]
    set_blobs(net, b, [np.full((4, 3), 5, np.float32)])
    out = export_blobs(net)
    assert (out["a"][0] == 5).all() and (out["b"][0] == 5).all()


def test_what_goes_out_is_a_copy(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, filled(SMALL)), seed=0)
    export_blobs(net)["a"][0][...] = 0
    assert net.get_parameter("a.weight").any()


def test_values_laid_out_as_parameters_go_to_caffe_and_back(tmp_path: Path) -> None:
    """BatchNorm's third blob, the factor of its sums, has no parameter of torch beside it."""
    net = build.build(graph(tmp_path, NORM), seed=0)
    graph_ = graph_of(net)
    node = graph_.node("bn")
    arrays = [np.array([2, 4]), np.array([6, 8]), np.array([2])]
    set_blobs(net, node, [array.astype(np.float32) for array in arrays])
    held = blobs.tensors(net)
    out = blobs.all_to_caffe(graph_, lambda ref: held[id(ref)])
    again = blobs.all_to_torch(graph_, out)
    for ref in node.params:
        torch.testing.assert_close(again[id(ref)].view(held[id(ref)].shape), held[id(ref)])
    mean, var, factor = blobs.by_layer(graph_, out)["bn"]
    np.testing.assert_allclose([mean / factor, var / factor], [[1, 2], [3, 4]])


def test_a_blob_of_a_test_net_goes_where_only_that_net_looks(tmp_path: Path) -> None:
    """Net::Init fills what it then replaces by the train net's: what is trained stays."""
    train = build.build(graph(tmp_path, filled(SMALL)), seed=0)
    test = build.build(graph(tmp_path, filled(SMALL), phase="TEST"), share_with=train)
    before = export_blobs(train)["a"][0]
    set_blobs(test, graph_of(test).node("a"), [np.zeros((4, 3), np.float32)])
    np.testing.assert_array_equal(export_blobs(train)["a"][0], before)
