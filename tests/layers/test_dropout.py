"""Dropout beyond what recorded cases can hold: phases of its own, forks' fields, odd ratios."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.module import build
from tests.layers.one_layer import one_graph, one_net, run_layer, run_net

X = torch.arange(1.0, 4001.0)


def kept(y: torch.Tensor) -> torch.Tensor:
    """What is left of X, as multiples of it."""
    return (y / X)[y != 0]


@pytest.mark.parametrize(
    ("text", "phase", "share", "factor"),
    [
        ("", "TRAIN", 0.5, 2.0),
        ("", "TEST", 1.0, 1.0),
        ("phase: TEST", "TRAIN", 1.0, 1.0),
        ("phase: TRAIN", "TEST", 0.5, 2.0),
        ("dropout_param { dropout_ratio: 0.2 }", "TRAIN", 0.8, 1.25),
        ("dropout_param { dropout_ratio: 0.2 scale_train: false }", "TRAIN", 0.8, 1.0),
        ("dropout_param { dropout_ratio: 0.2 scale_train: false }", "TEST", 1.0, 0.8),
        ("phase: TEST dropout_param { dropout_ratio: 0.2 scale_train: false }", "TRAIN", 1.0, 0.8),
        ("phase: TRAIN dropout_param { dropout_ratio: 0.2 scale_train: false }", "TEST", 0.8, 1.0),
        ("dropout_param { dropout_ratio: 0.2 sample_weights_test: true }", "TEST", 0.8, 1.25),
        ("dropout_param { dropout_ratio: 1.5 }", "TEST", 1.0, 1.0),
    ],
)
def test_what_is_kept_and_how_it_is_scaled(
    text: str, phase: str, share: float, factor: float
) -> None:
    torch.manual_seed(1)
    (y,) = run_layer("Dropout", text, X, phase=phase)
    left = kept(y)
    torch.testing.assert_close(left, torch.full_like(left, factor))
    bound = 5 * math.sqrt(share * (1 - share) / len(X))  # five standard deviations
    assert abs(len(left) / len(X) - share) <= bound


def test_the_gradient_takes_the_same_mask() -> None:
    x = X.clone().requires_grad_()
    (y,) = run_layer("Dropout", "", x)
    y.sum().backward()
    torch.testing.assert_close(x.grad, (y / X).detach())


def test_eval_turns_it_off_and_train_on() -> None:
    net = one_net("Dropout", "", [tuple(X.shape)])
    assert (run_net(net, X)[0] == 0).any()
    assert run_net(net.eval(), X)[0].equal(X)


def test_a_ratio_of_one_gives_nan_as_in_caffe() -> None:
    (y,) = run_layer("Dropout", "dropout_param { dropout_ratio: 1 }", X)
    assert y.isnan().all()


def test_a_ratio_that_is_no_probability_fails_in_a_train_forward() -> None:
    graph = one_graph("Dropout", "dropout_param { dropout_ratio: 1.5 }", [(3,)])
    assert "every TRAIN forward will fail" in " ".join(graph.notes)
    net = build.build(graph)
    with pytest.raises(ValueError, match=r"Dropout: dropout_ratio 1\.5 is no probability"):
        run_net(net, torch.ones(3))
