"""What blobs hold, and the layer in which numbers end; the run itself is left as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.health import tracing
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from tests.graph.nets import graph

NET = """
layer { name: "d" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 dim: 2 }
  data_filler { value: -1 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" inner_product_param {
  num_output: 4 bias_term: false weight_filler { type: "constant" value: 0.5 } } }
layer { name: "bn" type: "BatchNorm" bottom: "a" top: "bn" }
layer { name: "r" type: "ReLU" bottom: "a" top: "r" }
layer { name: "b" type: "InnerProduct" bottom: "r" top: "b" inner_product_param {
  num_output: 1 weight_filler { type: "constant" value: 1 } } }
layer { name: "l" type: "EuclideanLoss" bottom: "b" bottom: "b" top: "l" }
layer { name: "q" type: "Silence" bottom: "bn" }
"""


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    runner = Runner(graph(tmp_path, NET), Options(), seed=1)
    runner.run()
    runner.close()
    return runner


def test_blobs_of_weights_and_activations_are_measured(run: Runner) -> None:
    """-1 · 0.5 · 2 = -1 everywhere, which the ReLU makes 0."""
    measured = {one.layer: one for one in tracing.activations(run)}
    assert list(measured) == ["a", "r", "b"]
    assert (measured["a"].mean, measured["a"].std, measured["a"].zeros) == (-1, 0, 0)
    assert (measured["r"].mean, measured["r"].zeros, measured["r"].weights) == (0, 1, "")
    assert measured["a"].weights == "a"


def test_statistics_and_random_numbers_are_left_as_they_were(run: Runner) -> None:
    before = {name: value.clone() for name, value in run.net.named_buffers()}
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    tracing.activations(run)
    assert torch.equal(torch.rand(1), wanted)
    assert before and all(torch.equal(v, before[name]) for name, v in run.net.named_buffers())


def test_the_first_layer_without_numbers_is_named(run: Runner) -> None:
    assert tracing.first_nonfinite(run) == ""
    with torch.no_grad():
        run.net.get_parameter("b.weight")[0, 0] = float("inf")
    assert tracing.first_nonfinite(run) == "b"  # 0 · inf
    with torch.no_grad():
        run.net.get_parameter("a.weight")[0, 0] = float("nan")
    assert tracing.first_nonfinite(run) == "a"


def test_a_gradient_of_numbers_names_no_layer_and_is_gone(run: Runner) -> None:
    assert tracing.first_gradient(run) == ""
    assert all(param.grad is None for param in run.net.parameters())


def test_a_spread_is_that_from_image_to_image() -> None:
    """Of two values an image one is 1 and 3 (std 1), the other 5 both times: √((1 + 0) / 2)."""
    values = torch.tensor([[1.0, 5.0], [3.0, 5.0]])
    assert tracing._spread(values) == pytest.approx(0.5**0.5)
    assert tracing._spread(values[:1]) is None and tracing._spread(values[:, 0]) is None
