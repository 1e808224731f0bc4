"""C2T402 preprocessing-bypassed."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T402"
POWER = """
layer { name: "scaled" type: "Power" bottom: "data" top: "scaled" power_param { scale: 0.1 } }
"""
MVN = """
layer { name: "mvn" type: "MVN" bottom: "scaled" top: "mvn" }
"""


def test_scaled_data_is_lost(folder: Folder) -> None:
    folder.write(net=chain(2) + POWER)
    finding = fires(folder, CODE, 'reads the raw "data"', '"scaled"', severity="error")
    assert "C2T401 unused-top" in finding.also
    assert finding.span is not None
    assert finding.span.line == 37


def test_chain_of_two(folder: Folder) -> None:
    fires(folder.write(net=chain(2) + POWER + MVN), CODE, "scaled (Power), mvn (MVN)", '"mvn"')


def test_a_pooling_of_the_data_prepares_nothing(folder: Folder) -> None:
    """It is a branch that nobody reads: C2T401."""
    side = 'layer { name: "side" type: "Pooling" bottom: "data" top: "side" pooling_param { '
    folder.write(net=chain(2) + side + "kernel_size: 2 stride: 2 } }\n")
    check_noop(folder, CODE)
    fires(folder, "C2T401", '"side"')


def test_prepared_data_is_read(folder: Folder) -> None:
    text = chain(1).replace('bottom: "data"', 'bottom: "scaled"')
    head, conv = text.split('layer {\n  name: "conv1"')
    check_noop(folder.write(net=f'{head}{POWER}layer {{\n  name: "conv1"{conv}'), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    head, conv = chain(1).split('layer {\n  name: "conv1"')
    folder.write(net=f'{head}{POWER}layer {{\n  name: "conv1"{conv}')
    texts = check_fixed(folder, CODE)
    assert 'bottom: "scaled"' in texts["train_val.prototxt"]
