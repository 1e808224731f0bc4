"""Which blobs lie in one memory, and who overwrites it, by hand."""

from __future__ import annotations

from itertools import pairwise
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
    assert net.memory.spoiler(at(net, "b")) == at(net, "act"), "the weights' gradient"
    assert not net.memory.surprises(at(net, "b"))
    assert net.memory.spoiler(at(net, "a")) is None


def test_a_layer_that_keeps_signs_does_a_relu_no_harm(tmp_path: Path) -> None:
    def spoiler(second: str) -> int | None:
        chain = layer("ReLU", "first", "a", "a") + layer(second, "second", "a", "a")
        net = graph(tmp_path, DATA + ip("a", "data", "a") + chain + LOSS % ("a", "a"))
        return net.memory.spoiler(at(net, "first"))

    assert spoiler("Dropout") is None
    assert spoiler("TanH") == 3


def test_a_parameter_keeps_what_is_written_over_it(tmp_path: Path) -> None:
    source = 'layer { name: "p" type: "Parameter" top: "p" parameter_param { shape { dim: 2 } } }\n'
    net = graph(tmp_path, source + layer("TanH", "act", "p", "p") + LOSS % ("p", "p"))
    assert net.memory.persistent == {"p": [1]}
    assert not graph(tmp_path, source + LOSS % ("p", "p")).memory.persistent


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


def test_copies_of_copies_go_by_the_names_of_all(tmp_path: Path) -> None:
    """Layers in place on a blob before it was copied are what the copy's name says."""
    chain = (
        DATA
        + ip("a", "data", "a")
        + layer("TanH", "on_a", "a", "a")
        + layer("Flatten", "f1", "a", "f")
        + layer("TanH", "on_f", "f", "f")
        + layer("Flatten", "f2", "f", "g")
        + layer("TanH", "on_g", "g", "g")
        + ip("b", "g", "b")
        + LOSS % ("b", "b")
    )
    net = graph(tmp_path, chain)
    position = at(net, "b")
    assert shown(net, sorted(net.memory.named("g", position))) == ["on_a", "on_f", "on_g"]
    assert net.memory.foreign("g", position) == []
    assert shown(net, net.memory.foreign("a", position)) == ["on_f", "on_g"]
    assert shown(net, net.memory.foreign("a", position, since=at(net, "f2"))) == ["on_g"]
    assert list(net.memory.first_surprises()) == []


def test_a_long_chain_of_copies_exhausts_nothing(tmp_path: Path) -> None:
    names = ["a", *(f"f{i}" for i in range(3000))]
    flats = "".join(layer("Flatten", name, before, name) for before, name in pairwise(names))
    text = DATA + ip("a", "data", "a") + layer("TanH", "act", "a", "a") + flats
    net = graph(tmp_path, text + layer("TanH", "last", names[-1], names[-1]) + ip("b", "a", "b"))
    memory = net.memory
    assert shown(net, sorted(memory.named(names[-1], len(net.nodes)))) == ["act", "last"]
    assert shown(net, memory.foreign("a", len(net.nodes))) == ["last"]
