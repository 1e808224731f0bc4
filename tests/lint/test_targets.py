"""Targets that come straight from a data layer: class numbers and pixels, by their range."""

from __future__ import annotations

import pytest

from caffe2torch.lint import targets
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from tests.lint.checks import Folder
from tests.lint.nets import chain

LOSS = 'type: "SoftmaxWithLoss" bottom: "score" bottom: "label"'
RESHAPED = (
    'layer { name: "r" type: "Reshape" bottom: "label" top: "r" '
    "reshape_param { shape { dim: [0, 1] } } }\n"
)
FLAT = 'layer { name: "f" type: "Flatten" bottom: "data" top: "f" }\n'


def net(loss: str, before: str = "", scale: float = 1 / 64, scores: int = 1) -> str:
    """A net with this loss behind so many scores, and more layers before the loss."""
    text = chain(1, classes=scores, scale=scale).split('layer {\n  name: "accuracy"')[0]
    text = text.replace('layer { name: "loss"', f'{before}layer {{ name: "loss"')
    return text.replace(LOSS, loss)


def check(folder: Folder, text: str) -> list[Finding]:
    """What is said of the loss."""
    c = Context(str(folder.write(net=text).solver_file))
    return list(targets.check(c, c.train.graph.node("loss")))


@pytest.mark.parametrize(
    ("bottom", "before"),
    [
        ("label", ""),
        ("r", RESHAPED),
        ("label", 'layer { name: "quiet" type: "Silence" bottom: "label" }\n'),  # behind a Split
    ],
)
def test_class_numbers_are_no_distances(folder: Folder, bottom: str, before: str) -> None:
    text = net(f'type: "EuclideanLoss" bottom: "score" bottom: "{bottom}"', before)
    (one,) = check(folder, text)
    assert one.severity == "warning" and "class numbers 0 to 9" in one.message
    assert one.hint == 'for classes num_output: 10 and type: "SoftmaxWithLoss"'


def test_the_images_are_not_taken_for_labels(folder: Folder) -> None:
    """The name of the first top begins as that of the second does."""
    text = net('type: "EuclideanLoss" bottom: "score" bottom: "f"', FLAT, scores=64)
    assert check(folder, text.replace('"data"', '"labelled"')) == []


@pytest.mark.parametrize(
    ("more", "high"), [("", 9), ("loss_param { ignore_label: 9 }", 8)], ids=["all", "ignored"]
)
def test_class_numbers_are_no_probabilities(folder: Folder, more: str, high: int) -> None:
    text = net(f'type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "label" {more}')
    (one,) = check(folder, text)
    assert one.severity == "error" and f"targets from 0 to {high}" in one.message


@pytest.mark.parametrize(("scale", "grade"), [(1 / 256, ""), (1 / 200, "warning"), (1, "error")])
def test_pixels_are_probabilities_in_the_right_unit(
    folder: Folder, scale: float, grade: str
) -> None:
    """The digits' values reach 255; behind a mean file nothing is known of their range."""
    loss = 'type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "f"'
    text = net(loss, FLAT, scale, scores=64)
    assert check(folder, text) == []
    found = check(folder, text.replace('    mean_file: "mean.binaryproto"\n', ""))
    assert [finding.severity for finding in found] == ([grade] if grade else [])


@pytest.mark.parametrize(
    "loss",
    [
        'type: "EuclideanLoss" bottom: "score" bottom: "label" loss_weight: 0',  # trains nothing
        'type: "HingeLoss" bottom: "score" bottom: "label"',  # takes class numbers
    ],
)
def test_other_losses_are_left_alone(folder: Folder, loss: str) -> None:
    assert check(folder, net(loss)) == []
