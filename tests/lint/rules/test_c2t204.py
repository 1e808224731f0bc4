"""C2T204 filler-constant-weights."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T204"


def test_zeros_in_every_layer(folder: Folder) -> None:
    finding = fires(folder.write(net=chain(3, "constant")), CODE, "3 layers (conv1, conv2, conv3)")
    assert finding.severity == "error"
    assert finding.span is not None
    assert finding.span.line == 43


def test_one_value(folder: Folder) -> None:
    text = chain(3).replace('"msra" }', '"constant" value: 0.02 }', 1)
    fires(folder.write(net=text), CODE, 'layer "conv1"', "0.02", severity="error")


def test_uniform_without_width(folder: Folder) -> None:
    text = chain(2).replace('"msra" }', '"uniform" min: 0.1 max: 0.1 }', 1)
    fires(folder.write(net=text), CODE, "0.1", severity="error")


def test_zeros_that_no_relu_follows_recover(folder: Folder) -> None:
    text = chain(2, activation="TanH").replace('"msra" }', '"constant" }', 1)
    fires(folder.write(net=text), CODE, 'layer "conv1"', severity="warning")


def test_last_layer(folder: Folder) -> None:
    check_noop(folder.write(net=chain(3, last="constant")), CODE)


def test_frozen(folder: Folder) -> None:
    text = chain(1, "constant").replace(
        "convolution_param {", "param { lr_mult: 0 } convolution_param {"
    )
    check_noop(folder.write(net=text), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=chain(2, "constant")), CODE)
    assert texts["train_val.prototxt"].count('weight_filler { type: "msra" }') == 2


def test_zeros_far_in_front_of_a_relu(folder: Folder) -> None:
    """conv1's zeros become those of conv2, where the ReLU is."""
    zero = 'weight_filler { type: "constant" value: 0 }'
    text = chain(2).replace(
        'layer { name: "act1" type: "ReLU" bottom: "conv1" top: "conv1" }\n', ""
    )
    text = text.replace('weight_filler { type: "msra" }', zero, 1)
    fires(folder.write(net=text), CODE, "the output is 0", severity="error")
