"""Parameter: its gradient is the weight's own memory, which Caffe's layers overwrite."""

from __future__ import annotations

from typing import Any

from caffe2torch.module import build
from tests.layers.one_layer import one_graph

TEXT = "parameter_param { shape { dim: 3 } }"


def test_only_the_last_pass_counts() -> None:
    net: Any = build.build(one_graph("Parameter", TEXT, []), seed=0)
    for factor in (1.0, 5.0):
        (factor * build.run(net, {}, ["t0"])["t0"]).sum().backward()
    assert net.l.weight.grad.tolist() == [5.0] * 3


def test_a_loss_weight_of_its_own_is_cleared_with_the_gradients() -> None:
    graph = one_graph("Parameter", TEXT + " loss_weight: 0.5", [])
    assert graph.loss_weights == {}
    assert graph.node("l").loss_weights == [0.5]
