"""C2T419 duplicate-layer-name."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T419"


def test_two_convolutions(folder: Folder) -> None:
    text = chain(3).replace('name: "conv2"', 'name: "conv1"')
    finding = fires(folder.write(net=text), CODE, 'called "conv1"', "(line 34)", severity="error")
    assert finding.span is not None
    assert finding.span.line == 49
    check_fixed(folder, CODE)


def test_convolution_and_activation(folder: Folder) -> None:
    text = chain(2).replace('name: "act1"', 'name: "conv1"')
    fires(folder.write(net=text), CODE, "a Convolution", "this ReLU", severity="error")


def test_without_weights_it_is_an_info(folder: Folder) -> None:
    text = chain(2).replace('name: "act2"', 'name: "act1"')
    fires(folder.write(net=text), CODE, 'called "act1"', severity="info")
    check_fixed(folder, CODE)


def test_one_name_in_two_phases(folder: Folder) -> None:
    check_noop(folder.write(net=chain(2)), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_a_python_layer_is_taken_for_one_without_weights(folder: Folder) -> None:
    python = (
        'layer { name: "digits" type: "Python" top: "more" '
        'python_param { module: "m" layer: "L" } include { phase: TRAIN } }\n'
        'layer { name: "quiet" type: "Silence" bottom: "more" include { phase: TRAIN } }\n'
    )
    fires(folder.write(net=chain(2) + python), CODE, 'called "digits"', severity="info")
