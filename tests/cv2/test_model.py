"""The layers of a net as OpenCV 4 lists them, and the part up to one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.cv2.model import Model
from caffe2torch.cv2.source import Source
from caffe2torch.errors import GraphError, UnsupportedError
from caffe2torch.module.blobs import export_blobs
from tests.graph.nets import ip, relu

NET = (
    'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [1, 3] } } }\n'
    'layer { name: "train" type: "Silence" bottom: "data" include { phase: TRAIN } }\n'
    + ip("a", "data", "a")
    + relu("r", "a", "a")
    + ip("b", "a", "b", n=2)
    + ip("c", "a", "c")
    + relu("a", "c", "d")  # a second layer of the first one's name
)


@pytest.fixture
def model() -> Model:
    return Model(Source(NET.encode()))


def test_layers_are_those_of_test_that_bring_no_data(model: Model) -> None:
    assert [layer.name for layer in model.layers] == ["a", "r", "b", "c", "a"]
    assert model.inputs == ["data"]
    assert model.index == {"a": 0, "r": 1, "b": 2, "c": 3}


def test_ends_are_layers_that_nobody_reads(model: Model) -> None:
    assert model.ends == [2, 4]


@pytest.mark.parametrize(("name", "at"), [("a", 0), ("r", 1), ("c", 3), ("d", 4)])
def test_a_layer_is_found_by_its_name_or_as_last_writer_of_a_blob(
    model: Model, name: str, at: int
) -> None:
    assert model.find(name) == at


def test_a_name_that_is_not_there_is_refused_as_by_opencv(model: Model) -> None:
    with pytest.raises(GraphError, match='Requested layer "quux" not found'):
        model.find("quux")


@pytest.mark.parametrize(
    ("end", "names"),
    [(0, ["data", "a"]), (1, ["data", "a", "r"]), (2, ["data", "a", "r", "b"]),
     (4, ["data", "a", "r", "c", "a"])],
)  # fmt: skip
def test_the_graph_up_to_a_layer_is_what_it_hangs_on(
    model: Model, end: int, names: list[str]
) -> None:
    graph = model.graph({"data": (5, 3), "elsewhere": (1,)}, end)
    assert [node.name for node in graph.nodes if node.type != "Split"] == names
    assert graph.nodes[-1].top_shapes[0][0] == 5


def test_a_net_that_caffe_refuses_is_refused() -> None:
    wrong = NET.replace('bottom: "a" top: "c"', 'bottom: "no" top: "c"')
    with pytest.raises(GraphError, match='unknown bottom "no"'):
        Model(Source(wrong.encode())).graph({})


def test_blobs_that_are_replaced_are_used_and_given_back(model: Model) -> None:
    assert model.blobs("a") == []  # there is no file of weights
    weight = np.full((4, 3), 7, np.float32)
    model.replaced["a"] = [weight]
    assert model.blobs("a")[0] is weight
    module = model.module(model.graph({"data": (1, 3)}, 0))
    assert (export_blobs(module)["a"][0] == 7).all()


def test_without_onnx_it_is_said_what_to_install(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caffe2torch.cv2.model.find_spec", lambda name: None)
    with pytest.raises(UnsupportedError, match=r"needs the package onnx.*caffe2torch\[onnx\]"):
        model._converted(model.graph({"data": (1, 3)}))


def test_a_net_that_has_been_converted_is_kept_for_the_same_values(
    model: Model, monkeypatch: pytest.MonkeyPatch, cache_folder: Path
) -> None:
    made: list[int] = []

    def converted(_self: Model, graph: object) -> bytes:
        made.append(len(made))
        return b"model %d" % made[-1]

    monkeypatch.setattr(Model, "_converted", converted)
    shape = {"data": (1, 3)}
    assert model.onnx(shape) == model.onnx(shape) == b"model 0"
    assert model.onnx({"data": (2, 3)}) == b"model 1"
    assert model.onnx(shape, 0) == b"model 2"
    model.replaced["b"] = [np.ones((2, 4), np.float32)]
    assert model.onnx(shape) == b"model 3"
    assert Model(Source(NET.encode())).onnx(shape) == b"model 0"
