"""Emitted source: hostile names stay strings, text is stable, blobs are freed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.layers.code import quoted
from caffe2torch.module import build
from caffe2torch.module.emit import emit
from tests.graph.nets import DATA, graph, ip, relu


@given(st.text())
def test_a_quoted_string_is_that_string(text: str) -> None:
    source = quoted(text)
    assert ast.literal_eval(source) == text
    assert source[0] == '"' or text.count('"') > text.count("'")


def test_emitting_twice_gives_the_same_text(tmp_path: Path) -> None:
    text = DATA + ip("a", "data", "a") + relu("b", "a", "a") + ip("c", "a", "c")
    assert emit(graph(tmp_path, text)) == emit(graph(tmp_path, text))


def test_blobs_are_deleted_after_their_last_reader(tmp_path: Path) -> None:
    text = DATA + ip("a", "data", "a") + ip("b", "a", "b") + relu("c", "b", "c")
    lines = [line.strip() for line in emit(graph(tmp_path, text)).splitlines()]
    assert lines.index("del a") == next(i for i, li in enumerate(lines) if li.startswith("b =")) + 1


def test_propagate_down_false_detaches(tmp_path: Path) -> None:
    text = (
        DATA
        + ip("a", "data", "a")
        + ip("b", "a", "b", "loss_weight: 1")
        + ip("c", "a", "c", "loss_weight: 1 propagate_down: false")
    )
    source = emit(graph(tmp_path, text))
    assert "self.c(a.detach())" in source
    assert "self.b(a)" in source


def test_a_frozen_blob_says_so_in_the_source(tmp_path: Path) -> None:
    source = emit(graph(tmp_path, DATA + ip("a", "data", "a", "param { lr_mult: 0 }")))
    assert "self.a.weight.requires_grad_(False)" in source


def test_permissive_sharing_uses_a_view_of_the_owner(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    wide = 'layer { name: "w" type: "Input" top: "w" input_param { shape { dim: 1 dim: 4 } } }\n'
    text = (
        DATA
        + wide
        + ip("a", "data", "a", 'param { name: "p" }')
        + ip("b", "w", "b", 'param { name: "p" share_mode: PERMISSIVE }', n=3)
    )
    found = graph(tmp_path, text)
    net = build.build(found, seed=0)
    out = net(torch.ones(2, 3), torch.ones(1, 4))
    weight = dict(net.named_parameters())["a.weight"]
    torch.testing.assert_close(out["b"], weight.view(3, 4).sum(1, keepdim=True).T)


def test_a_net_without_layers_to_run_still_builds(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(DATA)
    found: Graph = build_graph(read_net(str(path)))
    torch = pytest.importorskip("torch")
    x = torch.ones(2, 3)
    assert build.build(found)(x) is x
