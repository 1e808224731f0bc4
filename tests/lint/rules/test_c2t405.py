"""C2T405 loss-target-mismatch."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.nets import chain

CODE = "C2T405"
LOSS = 'type: "SoftmaxWithLoss" bottom: "score" bottom: "label"'


def loss(kind: str, classes: int = 10, scores: str = "score") -> str:
    text = chain(1, classes=classes)
    head = text.split('layer {\n  name: "accuracy"')[0]
    return head.replace(LOSS, f'type: "{kind}" bottom: "{scores}" bottom: "label"')


def test_swapped(folder: Folder) -> None:
    swapped = LOSS.replace('"score" bottom: "label"', '"label" bottom: "score"')
    folder.write(net=chain(1).replace(LOSS, swapped))
    fires(folder, CODE, 'takes the labels "label" for scores', severity="error")
    check_fixed(folder, CODE)


def test_one_class(folder: Folder) -> None:
    fires(folder.write(net=loss("SoftmaxWithLoss", 1)), CODE, "a single class", severity="error")


def test_logarithm_of_scores(folder: Folder) -> None:
    folder.write(net=loss("MultinomialLogisticLoss"))
    fires(folder, CODE, 'logarithm of "score"', severity="error")


def test_distances_of_classes(folder: Folder) -> None:
    folder.write(net=loss("EuclideanLoss", 1))
    fires(folder, CODE, "class numbers 0 to 9", severity="warning")


def test_class_numbers_for_a_sigmoid(folder: Folder) -> None:
    folder.write(net=loss("SigmoidCrossEntropyLoss", 1))
    fires(folder, CODE, "targets from 0 to 9", severity="error")


def test_hinge_loss(folder: Folder) -> None:
    check_noop(folder.write(net=loss("HingeLoss")), CODE)


def test_logarithm_of_probabilities(folder: Folder) -> None:
    softmax = 'layer { name: "p" type: "Softmax" bottom: "score" top: "p" }\n'
    text = loss("MultinomialLogisticLoss", scores="p")
    text = text.replace('layer { name: "loss"', softmax + 'layer { name: "loss"')
    check_noop(folder.write(net=text), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_sizes_that_caffe_refuses(folder: Folder) -> None:
    """Ten scores against one class number: said once, and why."""
    for kind in ("EuclideanLoss", "SigmoidCrossEntropyLoss"):
        fires(folder.write(net=loss(kind, 10)), CODE, "one class number", severity="error")
        assert not only(folder.lint(), "C2T003")


def test_sizes_that_caffe_refuses_away_from_the_data(folder: Folder) -> None:
    folder.write(net=loss("EuclideanLoss", 10).replace("digits_", "elsewhere_"))
    fires(folder, CODE, "one class number", severity="error")
