"""C2T408 saturating-activation."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T408"


def squashed(kind: str) -> str:
    layer = f'layer {{ name: "squash" type: "{kind}" bottom: "score" top: "score" }}\n'
    return chain(1).replace('layer { name: "loss"', layer + 'layer { name: "loss"')


def test_sigmoids_in_a_row(folder: Folder) -> None:
    folder.write(net=chain(4, "xavier", activation="Sigmoid"))
    fires(folder, CODE, "4 Sigmoid layers", "256 times", severity="warning")


def test_sigmoids_that_will_not_wake_up(folder: Folder) -> None:
    folder.write(net=chain(12, "xavier", activation="Sigmoid"))
    fires(folder, CODE, "12 Sigmoid layers", severity="error")


def test_sigmoids_with_weights_that_make_up_for_them(folder: Folder) -> None:
    folder.write(net=chain(3, 'gaussian" std: 0.6', activation="Sigmoid"))
    fires(folder, CODE, "3 Sigmoid layers", severity="info")


def test_many_tanh_are_an_info(folder: Folder) -> None:
    folder.write(net=chain(7, "xavier", activation="TanH"))
    fires(folder, CODE, "7 TanH layers", severity="info")


@pytest.mark.parametrize(
    ("kind", "says"), [("Sigmoid", "below 1.46"), ("TanH", "below 0.80"), ("ReLU", "below 0")]
)
def test_on_the_scores(folder: Folder, kind: str, says: str) -> None:
    fires(folder.write(net=squashed(kind)), CODE, says, severity="warning")


def test_two_sigmoids_are_an_info(folder: Folder) -> None:
    folder.write(net=chain(2, "xavier", activation="Sigmoid"))
    fires(folder, CODE, "2 Sigmoid layers", severity="info")


def test_two_tanh(folder: Folder) -> None:
    check_noop(folder.write(net=chain(2, "xavier", activation="TanH")), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    folder.write(net=chain(4, "xavier", activation="Sigmoid"))
    assert check_fixed(folder, CODE)["train_val.prototxt"].count('"ReLU"') == 4


def test_fix_of_the_scores(folder: Folder) -> None:
    check_fixed(folder.write(net=squashed("Sigmoid")), CODE)


def test_a_rectifier_in_front_of_a_hinge_loss(folder: Folder) -> None:
    net = squashed("ReLU").replace("SoftmaxWithLoss", "HingeLoss")
    fires(folder.write(net=net), CODE, "cuts scores below 0", severity="warning")


def test_tanh_suits_a_hinge_loss(folder: Folder) -> None:
    """Its margins lie at 1 and -1."""
    folder.write(net=squashed("TanH").replace("SoftmaxWithLoss", "HingeLoss"))
    check_noop(folder, CODE)


def test_rectified_scores_of_a_sigmoid_loss(folder: Folder) -> None:
    """The probability of a score that is never below 0 is never below 1/2."""
    text = squashed("ReLU").replace("SoftmaxWithLoss", "SigmoidCrossEntropyLoss")
    folder.write(net=text.replace("num_output: 10", "num_output: 1"))
    fires(folder, CODE, "cuts scores below 0")
