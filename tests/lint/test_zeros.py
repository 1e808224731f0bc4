"""Layers of zeros: which of them real Caffe had moved after six steps."""

from __future__ import annotations

import pytest

from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.lint import zeros

DATA = """
layer { name: "d" type: "DummyData" top: "x" top: "y" dummy_data_param {
  shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 }
  data_filler { type: "gaussian" std: 1 } data_filler { type: "gaussian" std: 1 } } }
"""
BIAS = 'bias_filler { type: "constant" value: 0.1 }'


def ip(name: str, bottom: str, filled: bool = False, size: int = 5, bias: str = "") -> str:
    filler = 'weight_filler { type: "xavier" }' if filled else ""
    return (
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{name}" '
        f"inner_product_param {{ num_output: {size} {filler} {bias} }} }}\n"
    )


def then(name: str, bottom: str, type_: str) -> str:
    return f'layer {{ name: "{name}" type: "{type_}" bottom: "{bottom}" top: "{name}" }}\n'


SUM = 'layer { name: "s" type: "Eltwise" bottom: "b" bottom: "a" top: "s" }\n'
NETS = {
    "one": (ip("a", "x") + ip("b", "a", True, 2), ""),
    "behind a ReLU": (ip("a", "x") + then("r", "a", "ReLU") + ip("b", "r", True, 2), "a"),
    "behind a ReLU, with a bias": (
        ip("a", "x", bias=BIAS) + then("r", "a", "ReLU") + ip("b", "r", True, 2),
        "",
    ),
    "behind a TanH": (ip("a", "x") + then("r", "a", "TanH") + ip("b", "r", True, 2), ""),
    "two with Sigmoids": (
        ip("a", "x")
        + then("r", "a", "Sigmoid")
        + ip("b", "r", size=4)
        + then("s", "b", "Sigmoid")
        + ip("c", "s", True, 2),
        "",
    ),
    "two": (ip("a", "x") + ip("b", "a", size=4) + ip("c", "b", True, 2), "a b"),
    "two, the last one too": (ip("a", "x") + ip("b", "a", size=2), "a b"),
    "beside a shortcut": (
        ip("a", "x", size=3) + ip("b", "x", True, 3) + SUM + ip("c", "s", True, 2),
        "",
    ),
    "behind a BatchNorm": (ip("a", "x") + then("n", "a", "BatchNorm") + ip("b", "n", True, 2), ""),
    "behind a BatchNorm and a ReLU": (
        ip("a", "x") + then("n", "a", "BatchNorm") + then("r", "n", "ReLU") + ip("b", "r", True, 2),
        "a",
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_what_stays_zero_in_caffe(name: str) -> None:
    text, names = NETS[name]
    last = "c" if 'name: "c"' in text else "b"
    loss = f'layer {{ name: "l" type: "EuclideanLoss" bottom: "{last}" bottom: "y" }}\n'
    graph = build_graph(parse_net(DATA + text + loss), phase="TRAIN")
    bare = [
        node
        for node in graph.nodes
        if node.type == "InnerProduct"
        and not node.param.inner_product_param.HasField("weight_filler")
    ]
    assert [node.name for node in zeros.stuck(graph, bare)] == names.split()
