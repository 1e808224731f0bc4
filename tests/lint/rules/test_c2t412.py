"""C2T412 no-loss."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T412"
LOSS = 'top: "loss" }'


def test_only_in_test(folder: Folder) -> None:
    text = chain(1).replace(LOSS, 'top: "loss" include { phase: TEST } }')
    fires(folder.write(net=text), CODE, '"loss" (SoftmaxWithLoss) is not included in TRAIN')
    check_fixed(folder, CODE)


def test_weight_zero(folder: Folder) -> None:
    text = chain(1).replace(LOSS, 'top: "loss" loss_weight: 0 }')
    fires(folder.write(net=text), CODE, "loss_weight 0", severity="error")
    check_fixed(folder, CODE)


def test_none_at_all(folder: Folder) -> None:
    head = chain(1).split('layer { name: "loss"')[0]
    fires(folder.write(net=head), CODE, "no loss: every gradient is 0", "deploy")


def test_weight_of_another_layer(folder: Folder) -> None:
    head = chain(1).split('layer { name: "loss"')[0]
    own = 'layer { name: "r" type: "Reduction" bottom: "score" top: "r" loss_weight: 1 }\n'
    quiet = 'layer { name: "s" type: "Silence" bottom: "label" }\n'
    check_noop(folder.write(net=head + own + quiet), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)
