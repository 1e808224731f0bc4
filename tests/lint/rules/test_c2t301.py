"""C2T301 lr-too-high."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T301"


def rate(folder: Folder, value: str) -> Folder:
    return folder.write(net=chain(4)).solver({"base_lr: 0.02": f"base_lr: {value}"})


def test_far_too_high(folder: Folder) -> None:
    fires(rate(folder, "3"), CODE, "base_lr 3 moves the weights", severity="error")


def test_fatal_once_the_signal_is_alive(folder: Folder) -> None:
    folder.write(net=chain(14, "xavier", scale=0.0005)).solver({"base_lr: 0.02": "base_lr: 5"})
    fires(folder, CODE, "of themselves a step", "once the signal is alive (")


def test_momentum_counts(folder: Folder) -> None:
    folder = rate(folder, "0.1").solver({"momentum: 0.9": "momentum: 0.999"})
    fires(folder, CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(rate(folder, "0.005"), CODE)


def test_clipping_keeps_the_step_small(folder: Folder) -> None:
    check_noop(rate(folder, "3").solver({"": "\nclip_gradients: 0.001\n"}), CODE)


def test_adaptive_methods_are_judged_elsewhere(folder: Folder) -> None:
    check_noop(rate(folder, "3").solver({"": '\ntype: "Adam"\n'}), CODE)


def test_fix(folder: Folder) -> None:
    check_fixed(rate(folder, "3"), CODE)


def test_one_layer_that_runs_away(folder: Folder) -> None:
    net = chain(4, scale=1).replace('"msra"', '"gaussian" std: 0.0002', 1)
    folder.write(net=net).solver({"base_lr: 0.02": "base_lr: 0.01"})
    fires(folder, CODE, 'moves layer "conv1"', severity="warning")


def test_weights_to_be_fine_tuned_move_as_usual_ones_would(folder: Folder) -> None:
    """They are not here, and a rate of 3 is fatal for weights of any usual size."""
    net = f"# fine-tuned from another net\n{chain(6, '', last='xavier')}"
    folder.write(net=net).solver({"base_lr: 0.02": "base_lr: 3"})
    fires(folder, CODE, "weights that are to be fine-tuned", severity="warning")
    check_noop(folder.solver({"base_lr: 3": "base_lr: 0.001"}), CODE)
