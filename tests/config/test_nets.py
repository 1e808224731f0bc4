"""A net in one of its states."""

from __future__ import annotations

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.files import Files, Unavailable
from caffe2torch.config.nets import NetUse, merged_state
from caffe2torch.errors import GraphError

DATA = 'layer { name: "d" type: "Input" top: "d" include { phase: TRAIN } %s }\n'
SHAPE = "input_param { shape { dim: 2 dim: 3 } }"
RELU = 'layer { name: "r" type: "ReLU" bottom: "d" top: "r" }\n'
LOSS = 'layer { name: "l" type: "%s" bottom: "r" bottom: "r" top: "l" %s }\n'


def use(text: str, phase: int = pb.TRAIN, strict: bool = False) -> NetUse:
    files = Files({"n": text}, strict)
    net = files.net("n")
    return NetUse(net, merged_state(phase, net), files)


def test_the_layers_are_those_of_the_state() -> None:
    text = DATA % SHAPE + RELU
    assert [index for index, _ in use(text).layers] == [0, 1]
    assert [index for index, _ in use(text, pb.TEST).layers] == [1]


def test_a_net_is_partial_where_only_another_phase_makes_a_blob() -> None:
    text = DATA % SHAPE + RELU
    assert not use(text).partial
    assert use(text, pb.TEST).partial
    assert not use(RELU).partial, "nobody makes it: that is a fault"


@pytest.mark.parametrize(
    ("loss", "has"),
    [
        (LOSS % ("EuclideanLoss", ""), True),
        (LOSS % ("Eltwise", "loss_weight: 1"), True),
        (LOSS % ("Eltwise", ""), False),
    ],
)
def test_a_loss_is_a_type_or_a_weight(loss: str, has: bool) -> None:
    assert use(DATA % SHAPE + RELU + loss).has_loss == has


def test_the_graph_leaves_out_the_splits_that_caffe_inserts() -> None:
    net = use(DATA % SHAPE + RELU + LOSS % ("EuclideanLoss", ""))
    assert [node.name for node in net.nodes] == ["d", "r", "l"]
    assert len(net.graph.nodes) == 4


def test_a_net_that_is_refused_is_noted_once_or_raised() -> None:
    net = use(RELU)
    assert not net.built
    for _ in range(2):
        with pytest.raises(Unavailable):
            _ = net.graph
    assert len(net.files.failures) == 1
    with pytest.raises(GraphError):
        _ = use(RELU, strict=True).graph


def test_the_solvers_state_goes_over_the_nets_over_the_phase() -> None:
    net = use('state { stage: "own" level: 1 }\n' + RELU).net
    state = merged_state(pb.TRAIN, net, pb.NetState(level=3, stage=["over"]))
    assert (state.phase, state.level, list(state.stage)) == (pb.TRAIN, 3, ["own", "over"])
