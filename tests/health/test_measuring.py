"""What is measured of a run: classes, root mean squares, and what a test is judged by."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from caffe2torch.health import measuring
from caffe2torch.train.watch import Score
from tests.graph.nets import DATA, graph, ip
from tests.train import tiny

LABEL = 'layer { name: "y" type: "Input" top: "y" input_param { shape { dim: 2 } } }\n'
SCORED = DATA + LABEL + ip("a", "data", "a", n=7)
LOSS = 'layer {{ name: "{0}" type: "{1}" bottom: "a" bottom: "y" top: "{0}" {2} }}\n'


def state(folder: Path, text: str) -> Any:
    return SimpleNamespace(train=SimpleNamespace(graph=graph(folder, text)))


@pytest.mark.parametrize(
    ("losses", "classes"),
    [
        (LOSS.format("l", "SoftmaxWithLoss", ""), 7),
        (LOSS.format("l", "HingeLoss", ""), 0),  # no softmax, so no ln C
        (LOSS.format("l", "SoftmaxWithLoss", "loss_weight: 0"), 0),
        ("", 0),
    ],
)
def test_classes_are_those_of_the_first_softmax_that_counts(
    tmp_path: Path, losses: str, classes: int
) -> None:
    assert measuring.classes(state(tmp_path, SCORED + losses)) == classes


def test_metrics_and_losses_are_judged_and_several_numbers_counted(tmp_path: Path) -> None:
    text = SCORED + LOSS.format("l", "SoftmaxWithLoss", "") + LOSS.format("acc", "Accuracy", "")
    run: Any = SimpleNamespace(graph=graph(tmp_path, text, phase="TEST"))
    scores = [Score("acc", 0.5), Score("a", 9), Score("l", 1), Score("acc", 0.7), Score("a", 9)]
    assert list(measuring.judged(run, scores)) == [("acc[0]", 0.5), ("l", 1), ("acc[1]", 0.7)]


def test_norms_are_root_mean_squares_at_the_rate_of_the_iteration(tmp_path: Path) -> None:
    """One weight w = 1 with g = 2 (2 w - 3) = -2."""
    solver = tiny.line(tmp_path, "base_lr: 0.05 max_iter: 5 snapshot_after_train: false")
    assert list(measuring.norms(solver.state)) == []  # no gradient yet
    solver.net.w.weight.grad = torch.tensor([[-2.0]])
    (one,) = measuring.norms(solver.state)
    assert (one.layer, one.gradient, one.weight) == ("w", 2, 1)
    assert one.rate == pytest.approx(0.05) and one.step == pytest.approx(0.1)


def test_sizes_are_of_the_gradients_that_are_there() -> None:
    one, other = torch.zeros(2, requires_grad=True), torch.zeros(3, requires_grad=True)
    assert measuring.gradient_sizes([one, other]) == []
    one.grad = torch.tensor([3.0, 4.0])
    assert [size.item() for size in measuring.gradient_sizes([one, other])] == [5]


@pytest.mark.parametrize("layout", ["NCHW", "NHWC", "strided"])
def test_sizes_do_not_overflow_and_know_every_layout(layout: str) -> None:
    grad = torch.arange(2 * 3 * 4 * 5, dtype=torch.float32).view(2, 3, 4, 5)
    if layout == "NHWC":
        grad = grad.contiguous(memory_format=torch.channels_last)
    if layout == "strided":
        grad = grad[:, :, ::2]
    param = torch.zeros(grad.shape, requires_grad=True)
    for factor in (1.0, 1e30, float("inf")):
        param.grad = grad * factor if factor < float("inf") else grad + factor
        (size,) = measuring.gradient_sizes([param])
        expected = torch.linalg.vector_norm(grad.double()).item() * factor
        assert size.item() == pytest.approx(expected, rel=1e-6)
    param.grad = grad + float("nan")
    assert measuring.gradient_sizes([param])[0].isnan()
