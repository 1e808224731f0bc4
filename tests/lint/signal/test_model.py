"""The prediction for nets small enough to work out by hand."""

from __future__ import annotations

from math import log, sqrt

import pytest

from caffe2torch.format.upgrade import parse_net, parse_solver
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.lint.signal import Signal, predict
from caffe2torch.lint.signal.model import rates_of
from tests.moments.blobs import independent

NET = """
layer { name: "data" type: "Input" top: "data" top: "label"
        input_param { shape { dim: 4 dim: 100 } shape { dim: 4 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" param { lr_mult: 2 }
        inner_product_param { num_output: 10 weight_filler { type: "gaussian" std: 0.02 } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""
SOLVER = 'net: "n" base_lr: 0.5 momentum: 0.9 lr_policy: "fixed" max_iter: 9 '


def graph() -> Graph:
    return build_graph(parse_net(NET))


def signal(more: str = "", **options: object) -> Signal:
    inputs = {"data": independent((4, 100)), "label": independent((4,))}
    return predict(graph(), parse_solver(SOLVER + more), inputs=inputs, **options)  # type: ignore[arg-type]


def test_logits_are_as_large_as_fan_in_and_filler_make_them() -> None:
    """100 inputs of variance 1, weights of std 0.02: std 0.2."""
    main = signal().main
    assert main is not None
    assert main.input_std == pytest.approx(0.2, rel=0.03)
    assert main.classes == 10
    assert main.chance == pytest.approx(log(10))
    assert main.loss == pytest.approx(log(10), abs=0.03)


def test_the_gradient_and_the_update_of_the_layer() -> None:
    """At logits near 0 a sample's gradient p − y has Σ² = 0.9; labels of two samples differ.

    E|∂L/∂W|² = Σ over samples of 100 · 0.9 / 4², and |W| = 0.02 · √1000.
    """
    (layer,) = signal().layers
    assert layer.weight_norm == pytest.approx(0.02 * sqrt(1000))
    assert layer.grad_norm == pytest.approx(sqrt(4 * 100 * 0.9 / 16), rel=0.05)
    assert layer.relative == pytest.approx(layer.grad_norm / layer.weight_norm)
    assert layer.rate == 1.0  # base_lr 0.5 · lr_mult 2
    assert layer.update == pytest.approx(layer.relative / (1 - 0.9))


def test_clipped_gradients_lower_the_rate() -> None:
    (free,), (clipped,) = signal().layers, signal("clip_gradients: 0.1").layers
    assert free.grad_norm is not None
    bias = signal().passed.squares
    norm = sqrt(sum(bias.values()))
    assert clipped.rate == pytest.approx(free.rate * 0.1 / norm)
    (unclipped,) = signal("clip_gradients: 1000").layers
    assert unclipped.rate == free.rate


def test_a_hypothetical_filler_takes_the_place_of_the_nets() -> None:
    main = signal(fillers={"ip": "xavier"}).main
    assert main is not None
    assert main.input_std == pytest.approx(1.0, rel=0.03)  # variance 1/n over n inputs


def test_inputs_that_are_given_are_no_guess() -> None:
    assert signal().known
    assert not predict(graph(), parse_solver(SOLVER)).known


@pytest.mark.parametrize(
    ("text", "base_lr", "momentum"),
    [
        ("", 0.5, 0.9),
        ('type: "Adam"', 0.5, 0.0),
        ("rampup_interval: 100 rampup_lr: 0.01", 0.01, 0.9),
        ("warmup_iter: 100 warmup_start_lr: 0.02", 0.02, 0.9),
    ],
)
def test_the_rates_of_the_first_update(text: str, base_lr: float, momentum: float) -> None:
    rates = rates_of(parse_solver(SOLVER + text).message)
    assert (rates.base_lr, rates.momentum) == (
        pytest.approx(base_lr), pytest.approx(momentum),
    )  # fmt: skip
