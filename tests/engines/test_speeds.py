"""Every way to run a net is timed, and those that cannot run it say why."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.convert.runtimes import installed, registry
from caffe2torch.engines import speeds
from caffe2torch.engines.speeds import Speed, compare, speed_table
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph

NET = """
input: "data" input_shape { dim: 2 dim: 3 dim: 6 dim: 6 }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "msra" } } }
"""
LOSS = NET + 'layer { name: "loss" type: "Reduction" bottom: "conv" top: "loss" loss_weight: 1 }'


def graph_of(text: str, phase: str) -> Graph:
    net = parse_net(text)
    return build_graph(net, net_state(net, phase))


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speeds, "SECONDS", 0.0)


def ways() -> list[str]:
    counts = ["1 thread"]
    if torch.get_num_threads() > 1:
        counts.append(f"{torch.get_num_threads()} threads")
    return [f"torch, {layout}, {count}" for layout in ("nchw", "nhwc") for count in counts]


def test_a_train_net_is_timed_by_layout_and_threads() -> None:
    threads = torch.get_num_threads()
    result = list(compare(graph_of(LOSS, "TRAIN")))
    assert [one.way for one in result] == ways()
    assert all(one.milliseconds and one.milliseconds > 0 for one in result)
    assert torch.get_num_threads() == threads


def test_a_test_net_is_timed_by_engines_too() -> None:
    titles = [
        registry.find(name).TITLE
        for name in ("onnxruntime", "openvino")
        if installed(registry.find(name))
    ]
    result = list(compare(graph_of(NET, "TEST")))
    assert [one.way for one in result] == ways() + titles
    assert all(one.milliseconds and one.milliseconds > 0 for one in result)


def test_the_table_marks_the_fastest_and_gives_reasons() -> None:
    rows = [Speed("torch", 4.0), Speed("one", 2.0), Speed("other", None, "other is not used: no")]
    assert speed_table(rows, 8) == [
        "torch       4.000 ms      2,000.0 images/s  2.00 times it",
        "one         2.000 ms      4,000.0 images/s  fastest",
        "other  other is not used: no",
    ]
