"""A net measured at initialisation, and inputs drawn with the moments that the model reckons."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.lint.signal import predict
from caffe2torch.lint.signal.measure import draw, label_range, measure
from caffe2torch.moments.lags import RADII, N
from caffe2torch.moments.state import State
from tests.moments.blobs import equal, independent

NET = """
layer { name: "data" type: "Input" top: "data" top: "label"
        input_param { shape { dim: 64 dim: 100 } shape { dim: 64 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
        inner_product_param { num_output: 10 weight_filler { type: "gaussian" std: 0.02 } } }
layer { name: "odd" type: "InnerProduct" bottom: "data" top: "odd"
        inner_product_param { num_output: 3 weight_filler { type: "gaussian" std: 0.1 } } }
layer { name: "quiet" type: "Silence" bottom: "odd" }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""


def test_a_small_net_is_as_worked_out_by_hand() -> None:
    """100 inputs of std 1 times weights of std 0.02: logits of std 0.2 and a loss near ln 10."""
    graph = build_graph(parse_net(NET), phase="TRAIN")
    inputs = {"data": independent((64, 100)), "label": independent((64,))}
    real = measure(graph, predict(graph, inputs=inputs), seed=1, real=False)
    assert real.logits == {"loss": pytest.approx(0.2, rel=0.1)}
    assert real.losses == {"loss": pytest.approx(log(10), abs=0.05)}
    assert real.layers["ip"].std == real.logits["loss"]
    assert real.layers["odd"].std == pytest.approx(1, rel=0.2)
    assert real.layers["odd"].relative is None  # no gradient arrives
    # |∂L/∂W|² = 100 · 0.9 / 64, |W| = 0.02 · √1000
    assert real.layers["ip"].relative == pytest.approx((90 / 64) ** 0.5 / 0.632, rel=0.15)


def test_labels_are_what_a_loss_reads_past_splits() -> None:
    accuracy = 'layer { name: "acc" type: "Accuracy" bottom: "ip" bottom: "label" top: "acc" }\n'
    graph = build_graph(parse_net(NET + accuracy), phase="TEST")
    assert label_range(graph, "label") == 10
    assert label_range(graph, "data") is None


def moments(state: State, *shape: int) -> np.ndarray:
    return draw(state, shape, np.random.default_rng(0))


def test_independent_numbers() -> None:
    values = moments(independent((2000, 20), var=4.0, mean=3.0), 2000, 20)
    assert values.mean() == pytest.approx(3, abs=0.05)
    assert values.std() == pytest.approx(2, rel=0.02)


def test_what_samples_have_in_common() -> None:
    values = moments(equal((8, 50), var=4.0), 8, 50)
    np.testing.assert_array_equal(values[0], values[7])
    assert values[0].std() == pytest.approx(2, rel=0.3)


def test_fields_have_the_covariance_that_is_asked_for() -> None:
    """exp(−d / 3) between pixels d apart, and 0.9 between the colours of an image."""
    k = np.zeros((2, N))
    k[0] = 9 * np.exp(-RADII / 3)
    values = moments(State((40, 3, 32, 32), 1.0, k, tied=True), 40, 3, 32, 32) - 1
    assert values.std() == pytest.approx(3, rel=0.1)
    for lag in (1, 4):
        product = (values[..., lag:] * values[..., :-lag]).mean() / values.var()
        assert product == pytest.approx(np.exp(-lag / 3), abs=0.1)
    assert (values[:, 0] * values[:, 2]).mean() / values.var() == pytest.approx(0.9, abs=0.05)
    apart = moments(State((40, 3, 32, 32), 0.0, k), 40, 3, 32, 32)
    assert (apart[:, 0] * apart[:, 2]).mean() / apart.var() == pytest.approx(0, abs=0.1)
