"""Layers of unknown types: shown as far as they are known, refused in one message."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from caffe2torch.errors import SchemaError, UnsupportedError
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.unknown import read_whole

NET = """name: "u"  # a comment
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 3, 8, 8] } } }
layer { name: "c" type: "Convolution" bottom: "x" top: "c"
        convolution_param { num_output: 4 kernel_size: 3 frobnicate: 3 } }
layer { name: "w" type: "Wobble" bottom: "c" top: "w" wobble_param { a: 1 } }
layer { name: "r" type: "ReLU" bottom: "w" top: "w" }
layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 2 } }
layer { name: "z" type: "BoxingZap" bottom: "p" top: "z" }
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.prototxt"
    path.write_text(NET)
    return path


def test_what_is_before_and_beside_such_a_layer_is_known(net: Path) -> None:
    graph = build_graph(read_net(net, lenient=True), assume=True, unknown=True)
    assert [graph.shapes[blob] for blob in "xcp"] == [(1, 3, 8, 8), (1, 4, 6, 6), (1, 4, 5, 5)]
    assert graph.unshaped == {"w", "z"}
    assert [node.type for node in graph.nodes if node.index is not None][2:4] == ["Wobble", "ReLU"]


def test_to_build_it_is_refused_with_all_types(net: Path) -> None:
    with pytest.raises(SchemaError, match="frobnicate"):
        read_net(net)
    with pytest.raises(UnsupportedError) as caught:
        build_graph(read_net(net, lenient=True))
    assert caught.value.message == (
        'unknown layer types: "Wobble" (1 layer), "BoxingZap" (1 layer)'
    )
    assert str(caught.value.span).endswith("net.prototxt:5:19")
    assert "--proto FORK/caffe.proto" in (caught.value.hint or "")


def test_unknown_fields_do_not_hide_unknown_types(net: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        read_whole(partial(read_net, net))
    lines = str(caught.value).splitlines()
    assert ["frobnicate" in lines[0], "wobble_param" in lines[1]] == [True, True]
    assert 'unknown layer types: "Wobble" (1 layer), "BoxingZap" (1 layer)' in lines[2]
    assert "c2t layers --new TYPE" in lines[2] and "--stubs" in lines[2]


def test_of_known_types_the_fields_alone_are_told(net: Path) -> None:
    net.write_text(NET[: NET.index('layer { name: "w"')])
    with pytest.raises(SchemaError) as caught:
        read_whole(partial(read_net, net))
    assert "frobnicate" in str(caught.value) and "unknown layer" not in str(caught.value)


def test_a_type_of_a_fork_is_said_to_be_its() -> None:
    from caffe2torch import layers

    with pytest.raises(UnsupportedError, match="BilateralFilter") as caught:
        layers.find("BilateralFilter")
    assert "leonzfa/iResNet" in (caught.value.hint or "")
    assert layers.defined_by("Wobble") == []


def test_a_v1_type_that_no_schema_has_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "v1.prototxt"
    path.write_text('layers { name: "a" type: WOBBLE top: "a" } layers { name: "b" type: RELU '
                    'bottom: "a" top: "b" }')  # fmt: skip
    read = read_net(path, lenient=True)
    assert [layer.type for layer in read.message.layer] == ["WOBBLE", "ReLU"]
