"""What converted nets are tried on."""

from __future__ import annotations

from pathlib import Path

import torch

from caffe2torch.convert.compare import inputs
from caffe2torch.convert.conversion import run
from tests.convert.one_net import converted

INPUT = 'layer {{ name: "{0}" type: "Input" top: "{0}" input_param {{ shape {{ {1} }} }} }}\n'


def test_a_layer_that_counts_begins_anew(tmp_path: Path) -> None:
    text = INPUT.format("x", "dim: 2 dim: 3") + INPUT.format("label", "dim: 2")
    text += (
        'layer { name: "m" type: "MarginInnerProduct" bottom: "x" bottom: "label" top: "y" '
        'top: "lambda" margin_inner_product_param { num_output: 4 type: QUADRUPLE '
        'weight_filler { type: "xavier" } base: 1000 gamma: 1 } }\n'
    )
    found = converted(tmp_path, text)
    values = inputs(found.graph)
    first, second = run(found.built, values), run(found.built, values)
    torch.testing.assert_close(first["lambda"], torch.tensor([1000 / 2.0]))
    torch.testing.assert_close(second, first)


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
