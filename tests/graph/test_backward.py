"""Which layers take part in the backward pass, as Net::Init decides."""

from __future__ import annotations

import pytest

from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from tests.graph.test_graph import DATA, ip

STATISTICS = "param { lr_mult: 0 } " * 3


@pytest.mark.parametrize(("entries", "needs"), [("", True), (STATISTICS, False)])
def test_statistics_count_unless_the_file_itself_says_lr_mult_0(entries: str, needs: bool) -> None:
    """Net::Init goes by the file; BatchNorm's LayerSetUp sets lr_mult 0 in its own copy only."""
    norm = f'layer {{ name: "bn" type: "BatchNorm" bottom: "data" top: "bn" {entries} }}\n'
    graph = build_graph(parse_net(DATA + norm + ip("a", "bn", "a", "loss_weight: 1")))
    bn, a = graph.node("bn"), graph.node("a")
    assert (bn.need_backward, bn.param_need_backward) == (needs, [needs] * 3)
    assert (a.bottom_need_backward, bn.bottom_need_backward) == ([needs], [False])
    assert [ref.lr_mult for ref in bn.params] == [0, 0, 0]
