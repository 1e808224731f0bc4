"""What converted nets are tried on, and how far results are apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.convert.compare import apart, describe, difference, inputs, randomize
from tests.convert.one_net import converted

INPUT = 'layer {{ name: "{0}" type: "Input" top: "{0}" input_param {{ shape {{ {1} }} }} }}\n'


def test_true_objects_are_boxes_of_a_class(tmp_path: Path) -> None:
    text = INPUT.format("found", "dim: 1 dim: 1 dim: 4 dim: 7")
    text += INPUT.format("truth", "dim: 1 dim: 1 dim: 2 dim: 8")
    text += (
        'layer { name: "e" type: "DetectionEvaluate" bottom: "found" bottom: "truth" top: "e" '
        "detection_evaluate_param { num_classes: 3 background_label_id: 0 } }\n"
    )
    truth = inputs(converted(tmp_path, text, phase="TEST").graph)[1]
    assert truth[0, 0, :, :3].tolist() == [[0, 1, 0], [0, 1, 0]]
    assert (truth[..., 5:7] > truth[..., 3:5]).all()
    assert truth.min() >= 0
    assert truth.max() <= 1


def test_labels_suit_the_loss_of_fewest_classes(tmp_path: Path) -> None:
    text = INPUT.format("many", "dim: 40 dim: 100") + INPUT.format("few", "dim: 40 dim: 3")
    text += INPUT.format("label", "dim: 40")
    for scores in ("many", "few"):
        text += (
            f'layer {{ name: "loss_{scores}" type: "SoftmaxWithLoss" bottom: "{scores}" '
            f'bottom: "label" top: "loss_{scores}" }}\n'
        )
    label = inputs(converted(tmp_path, text).graph)[2]
    assert set(label.tolist()) == {0, 1, 2}


def test_labels_stay_labels_through_other_layers(tmp_path: Path) -> None:
    text = INPUT.format("x", "dim: 1 dim: 3 dim: 2 dim: 2")
    text += INPUT.format("label", "dim: 1 dim: 1 dim: 4 dim: 4")
    text += (
        'layer { name: "i" type: "Interp" bottom: "label" top: "small" '
        "interp_param { height: 2 width: 2 } }\n"
        'layer { name: "l" type: "SoftmaxWithLoss" bottom: "x" bottom: "small" top: "l" }\n'
    )
    labels = inputs(converted(tmp_path, text, phase="TEST").graph)[1]
    assert set(labels.unique().tolist()) <= {0.0, 1.0, 2.0}


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("result", "expected", "gap"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([0.5], [0.25], 0.25),  # relative to 1 at least
        ([90.0], [100.0], 0.1),
        ([NAN, 1.0], [NAN, 1.0], 0.0),
        ([NAN, 1.0], [0.0, 1.0], INF),
        ([INF], [INF], 0.0),
        ([-INF], [INF], INF),
        ([1.0, 2.0], [1.0], INF),
        ([], [], 0.0),
    ],
)
def test_differences_are_relative_to_large_values(
    result: list[float], expected: list[float], gap: float
) -> None:
    assert apart(torch.tensor(result), torch.tensor(expected)) == pytest.approx(gap)


def test_the_largest_of_all_outputs_counts_and_a_missing_one_is_no_result() -> None:
    expected = {"a": torch.tensor([1.0]), "b": torch.tensor([2.0])}
    results = {"a": torch.tensor([1.5]), "b": torch.tensor([2.0])}
    assert difference(results, expected) == 0.5
    assert difference({"a": torch.tensor([1.0])}, expected) == INF
    assert difference({}, {}) == 0.0
    assert describe(0) == "same outputs as the graph"
    assert describe(1.5e-6) == "outputs within 1.5e-06 of the graph"


def test_random_weights_are_the_same_for_a_seed_and_let_signals_through(tmp_path: Path) -> None:
    text = INPUT.format("x", "dim: 50 dim: 40") + (
        'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" '
        "inner_product_param { num_output: 300 } }\n"
    )
    conversion = converted(tmp_path, text)
    first = conversion.built.state_dict()["ip.weight"].clone()
    randomize(conversion.built, seed=0)
    torch.testing.assert_close(conversion.built.state_dict()["ip.weight"], first)
    # uniform in +-sqrt(6 / fan): the variance is 2 / fan
    assert float(first.var()) == pytest.approx(2 / 40, rel=0.05)
    batch = inputs(conversion.graph, batch=2)
    assert batch[0].shape == (2, 40)
