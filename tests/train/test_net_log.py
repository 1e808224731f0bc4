"""What Caffe logs while it sets up a net: the rules of a state, sharing, in-place, memory."""

from __future__ import annotations

import io

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.train.log import Log
from caffe2torch.train.net_log import _broken, log_net

NET = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" param { name: "w" }
  inner_product_param { num_output: 4 bias_term: false } }
layer { name: "b" type: "InnerProduct" bottom: "x" top: "b" param { name: "w" }
  inner_product_param { num_output: 4 bias_term: false } }
layer { name: "relu" type: "ReLU" bottom: "a" top: "a" }
layer { name: "out" type: "EuclideanLoss" bottom: "a" bottom: "b" top: "l" loss_weight: 0.5
  exclude { phase: TEST } }
"""


def lines(phase: str) -> list[str]:
    text = io.StringIO()
    net = upgrade.parse_net(NET)
    log_net(build_graph(net, net_state(net, phase)), Log(text))
    return [line.partition("] ")[2] for line in text.getvalue().splitlines() if "] " in line]


def test_a_net_as_it_is_set_up() -> None:
    log = lines("TRAIN")
    # Caffe asks whether the rule of an exclude is met, and tells why it is not.
    reason = "The NetState phase (0) differed from the phase (1)"
    assert log[0] == f"{reason} specified by a rule in layer out"
    assert log[1].startswith("Initializing net from parameters")
    assert "Sharing parameters 'w' owned by layer 'a', param index 0" in log
    assert "relu -> a (in-place)" in log
    start = log.index("Setting up out")
    assert log[start + 1 : start + 4] == [
        "Top shape: (1)",
        "    with loss weight 0.5",
        # x 6, its two copies 12, a 8, b 8, relu 8, out 1 values of 4 bytes
        "Memory required for data: 172",
    ]
    assert "out needs backward computation." in log
    assert "x does not need backward computation." in log
    assert log[-2:] == ["This network produces output l", "Network initialization done."]


def test_a_layer_that_the_phase_excludes_is_named_first() -> None:
    first = "The NetState phase (1) differed from the phase (0) specified by a rule in layer out"
    assert lines("TEST")[0].startswith("Initializing")  # an exclude that is met says nothing
    text = NET.replace("exclude { phase: TEST }", "include { phase: TRAIN }")
    stream, net = io.StringIO(), upgrade.parse_net(text)
    log_net(build_graph(net, net_state(net, "TEST")), Log(stream))
    assert stream.getvalue().splitlines()[0].endswith("net.cpp:296] " + first)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (pb.NetStateRule(phase=pb.TRAIN), 296),
        (pb.NetStateRule(min_level=3), 306),
        (pb.NetStateRule(max_level=1), 316),
        (pb.NetStateRule(stage=["a", "b"]), 332),
        (pb.NetStateRule(not_stage=["a"]), 347),
        (pb.NetStateRule(phase=pb.TEST, min_level=2, max_level=2, stage=["a"]), None),
    ],
)
def test_the_reason_is_that_of_caffes_line(rule: pb.NetStateRule, line: int | None) -> None:
    reason = _broken(pb.NetState(phase=pb.TEST, level=2, stage=["a"]), rule)
    assert (reason[0] if reason else None) == line
