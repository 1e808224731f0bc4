"""C2T426 phases-differ."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.nets import chain

CODE = "C2T426"
NORM = (
    'layer {{ name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" {} '
    "include {{ phase: {} }} }}\n"
)
GLOBAL = "batch_norm_param { use_global_stats: true }"


def between(layer: str) -> str:
    """A layer behind the first convolution."""
    at = 'layer { name: "act1"'
    return chain(2).replace(at, layer + at)


@pytest.mark.parametrize("param", ["", GLOBAL])
def test_batchnorm_in_test_only(folder: Folder, param: str) -> None:
    folder.write(net=between(NORM.format(param, "TEST")))
    finding = fires(folder, CODE, 'layer "bn1" (BatchNorm) is there in TEST only', severity="error")
    assert "every test multiplies its values by 1/sqrt(1e-05) = 316" in finding.why
    assert not only(folder.lint(), "C2T422"), "its fix would hide the fault"


def test_batchnorm_in_train_only(folder: Folder) -> None:
    folder.write(net=between(NORM.format("", "TRAIN")))
    fires(folder, CODE, "is there in TRAIN only", "other numbers", severity="error")


def test_weights_in_test_only(folder: Folder) -> None:
    layer = (
        'layer { name: "mix" type: "Scale" bottom: "conv1" top: "conv1" include { phase: TEST } }\n'
    )
    fires(folder.write(net=between(layer)), CODE, '"mix"', "never trained", severity="error")


@pytest.mark.parametrize("head", ["TRAIN", "TEST"])
def test_a_head_of_its_own_is_no_fault(folder: Folder, head: str) -> None:
    """A side loss in TRAIN, as in GoogLeNet, or a score in TEST."""
    side = (
        'layer { name: "side" type: "InnerProduct" bottom: "conv1" top: "side"'
        f" include {{ phase: {head} }}"
        ' inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }\n'
        'layer { name: "side_loss" type: "SoftmaxWithLoss" bottom: "side" bottom: "label" top: "l"'
        f" include {{ phase: {head} }} }}\n"
    )
    check_noop(folder.write(net=chain(2) + side), CODE)


def test_one_layer_of_each_phase_is_no_fault(folder: Folder) -> None:
    both = NORM.format("", "TRAIN") + NORM.format(GLOBAL, "TEST").replace('"bn1"', '"bn1_test"')
    check_noop(folder.write(net=between(both)), CODE)


def test_fix(folder: Folder) -> None:
    folder.write(net=between(NORM.format(GLOBAL, "TEST")))
    text = check_fixed(folder, CODE)["train_val.prototxt"]
    assert "use_global_stats" not in text


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_an_activation_in_one_phase(folder: Folder, phase: str) -> None:
    act = 'layer { name: "act1" type: "ReLU" bottom: "conv1" top: "conv1"'
    folder.write(net=chain(2).replace(act, f"{act} include {{ phase: {phase} }}"))
    fires(folder, CODE, f'layer "act1" (ReLU) is there in {phase} only', severity="error")
