"""Which blobs lie in one memory, and who overwrites it, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.graph.memory import Memory
from caffe2torch.graph.model import Graph
from tests.graph.nets import DATA, graph, ip

LOSS = (
    'layer { name: "loss" type: "Reduction" bottom: "%s" top: "%s_sum" loss_weight: 1 '
    "reduction_param { operation: SUMSQ } }\n"
)


def layer(kind: str, name: str, bottom: str, top: str, text: str = "") -> str:
    return f'layer {{ name: "{name}" type: "{kind}" bottom: "{bottom}" top: "{top}" {text} }}\n'


FLAT = (
    DATA
    + ip("a", "data", "a")
    + layer("Flatten", "flat", "a", "f")
    + layer("TanH", "act", "f", "f")
    + ip("b", "a", "b")
    + LOSS % ("b", "b")
    + LOSS.replace('name: "loss"', 'name: "loss_f"') % ("f", "f")
)


def shown(net: Graph, positions: list[int]) -> list[str]:
    return [net.nodes[i].name for i in positions]


@pytest.fixture
def flat(tmp_path: Path) -> tuple[Graph, Memory]:
    net = graph(tmp_path, FLAT)
    return net, net.memory


def at(net: Graph, name: str) -> int:
    return [node.name for node in net.nodes].index(name)


def test_copies_lie_in_the_memory_of_their_bottom(flat: tuple[Graph, Memory]) -> None:
    _, memory = flat
    assert memory.blobs("f") == ["a", "a_a_0_split_0", "a_a_0_split_1", "f"]
    assert memory.first("f") == "a"
    assert memory.blobs("b") == ["b"]


def test_a_reader_of_another_name_sees_what_was_overwritten(flat: tuple[Graph, Memory]) -> None:
    net, memory = flat
    assert shown(net, memory.overwriters("a")) == ["act"]
    assert [(blob, net.nodes[i].name) for blob, i in memory.surprises(at(net, "b"))] == [
        ("a_a_0_split_1", "act")
    ]
    assert not memory.surprises(at(net, "loss_f")), "f itself is overwritten, as the file says"
    assert not memory.follows_names(net.outputs)


def test_backward_reads_what_stands_there_then(tmp_path: Path) -> None:
    behind = FLAT.replace(ip("b", "a", "b"), "")
    front = behind.replace(layer("Flatten", "flat", "a", "f"), ip("b", "a", "b") + layer(
        "Flatten", "flat", "a", "f"))  # fmt: skip
    net = graph(tmp_path, front)
    assert shown(net, net.memory.spoilers(at(net, "b"))) == ["act"], "the weights' gradient"
    assert not net.memory.surprises(at(net, "b"))
    assert not net.memory.spoilers(at(net, "a"))


def test_a_layer_that_keeps_signs_does_a_relu_no_harm(tmp_path: Path) -> None:
    def spoilers(second: str) -> list[int]:
        chain = layer("ReLU", "first", "a", "a") + layer(second, "second", "a", "a")
        net = graph(tmp_path, DATA + ip("a", "data", "a") + chain + LOSS % ("a", "a"))
        return net.memory.spoilers(at(net, "first"))

    assert not spoilers("Dropout")
    assert spoilers("TanH") == [3]


def test_a_parameter_keeps_what_is_written_over_it(tmp_path: Path) -> None:
    source = 'layer { name: "p" type: "Parameter" top: "p" parameter_param { shape { dim: 2 } } }\n'
    net = graph(tmp_path, source + layer("TanH", "act", "p", "p") + LOSS % ("p", "p"))
    assert net.memory.persistent() == {"p": [1]}
    assert not graph(tmp_path, source + LOSS % ("p", "p")).memory.persistent()


def test_flatten_behind_reshape_keeps_its_gradient(tmp_path: Path) -> None:
    """Reshape has lent its top the bottom's gradient; Flatten's backward puts it elsewhere."""
    shape = "reshape_param { shape { dim: 2 dim: 2 dim: 2 } }"
    text = DATA + ip("a", "data", "a") + layer("Reshape", "r", "a", "r", shape)
    net = graph(tmp_path, text + layer("Flatten", "flat", "r", "f") + LOSS % ("f", "f"))
    assert net.memory.lost() == {"r": 3}
    assert not graph(tmp_path, text + LOSS % ("r", "r")).memory.lost()


def test_a_loss_that_counts_for_nothing_leaves_numbers_in_a_split(tmp_path: Path) -> None:
    hinge = (
        'layer { name: "y" type: "DummyData" top: "y" dummy_data_param { shape { dim: 2 } } }\n'
        'layer { name: "hinge" type: "HingeLoss" bottom: "a" bottom: "y" top: "h" loss_weight: 0 }'
    )
    net = graph(tmp_path, DATA + ip("a", "data", "a") + LOSS % ("a", "a") + hinge)
    pairs = {net.nodes[i].name: net.nodes[j].type for i, j in net.memory.residues().items()}
    assert pairs == {"hinge": "Split"}
