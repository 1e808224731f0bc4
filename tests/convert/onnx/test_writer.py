"""Operators, constants and names of a model while it is written."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.convert.onnx.writer import Writer

pytest.importorskip("onnx")


def test_operators_are_named_by_their_layer() -> None:
    w = Writer()
    w.begin("conv1")
    first = w.op("Conv", "x", "w")
    second = w.op("Add", first, "b")
    w.begin("pool1")
    third = w.op("MaxPool", second)
    assert [first, second, third] == ["conv1:out", "conv1:1:out", "pool1:out"]
    assert [node.name for node in w.nodes] == ["conv1", "conv1:1", "pool1"]
    assert {node.doc_string for node in w.nodes} == {"conv1", "pool1"}


def test_an_operator_with_several_outputs() -> None:
    w = Writer()
    w.begin("slice")
    assert w.op("Split", "x", outputs=3) == ["slice:out", "slice:1", "slice:2"]


def test_inputs_and_attributes_that_are_left_out() -> None:
    w = Writer()
    w.begin("clip")
    w.op("Clip", "x", "", "high", "", axis=None, mode="linear")
    assert list(w.nodes[0].input) == ["x", "", "high"]
    assert [attribute.name for attribute in w.nodes[0].attribute] == ["mode"]


def test_names_are_given_once() -> None:
    w = Writer()
    assert [w.name("a"), w.name("a"), w.name("a")] == ["a", "a_2", "a_3"]


def test_a_constant_is_stored_once_by_value_shape_and_type() -> None:
    w = Writer()
    two = w.constant(2.0)
    assert w.constant(2.0) == two
    assert len({two, w.constant([[2.0]]), w.constant(2.0, np.float64), w.ints(2)}) == 4
    np.testing.assert_array_equal(w.known(w.ints(3, 4)), [3, 4])
    assert w.known("x") is None


def test_weights_keep_their_layer_and_key() -> None:
    w = Writer()
    name = w.weight("conv1", "weight", np.ones((2, 3), np.float64))
    assert name == "conv1.weight"
    array = w.known(name)
    assert array is not None
    assert (array.dtype, array.shape) == (np.float32, (2, 3))


def test_a_constant_is_reshaped_at_once() -> None:
    w = Writer()
    flat = w.reshape(w.constant([[1.0, 2.0]]), (2,))
    np.testing.assert_array_equal(w.known(flat), [1, 2])
    assert w.nodes == []


@pytest.mark.parametrize(("batch", "sizes"), [(False, [4, 2, 3]), (True, [-1, 2, 3])])
def test_a_batch_that_varies_is_kept_as_it_comes(batch: bool, sizes: list[int]) -> None:
    """-1 is what is left."""
    w = Writer()
    w.begin("reshape")
    w.reshape("x", (4, 2, 3), batch)
    np.testing.assert_array_equal(w.known(w.nodes[0].input[1]), sizes)
