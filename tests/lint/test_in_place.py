"""What is said of a layer in place, and the edits that give it a top of its own."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.lint import in_place
from tests.graph.nets import DATA, graph, ip, relu


def flattened(tmp_path: Path) -> Graph:
    flat = 'layer { name: "f" type: "Flatten" bottom: "a" top: "f" }\n'
    return graph(
        tmp_path, DATA + ip("a", "data", "a") + flat + relu("r", "f", "f") + ip("b", "a", "b")
    )


def test_a_blob_is_told_by_the_name_that_is_written(tmp_path: Path) -> None:
    net = flattened(tmp_path)
    written = 'layer "r" (ReLU) overwrites "f" in place'
    assert in_place.overwriting(net, net.node("r"), "f") == written
    told = in_place.overwriting(net, net.node("r"), "a")
    assert told == f'{written}, which is the memory of "a"'


def test_what_follows_reads_the_new_top() -> None:
    net = parse_net(
        'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }\n'
        + relu("r", "x", "x") + relu("s", "x", "x") + relu("t", "x", "y"),
    )  # fmt: skip
    fix = in_place.own_top(net, build_graph(net, phase="TEST").node("r"))
    assert fix is not None
    assert not fix.safe
    written = [edit.new for edit in fix.edits]
    assert written == ['top: "r"', 'bottom: "r"', 'top: "r"', 'bottom: "r"']
