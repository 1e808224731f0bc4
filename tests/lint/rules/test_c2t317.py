"""C2T317 regularised-bias-or-norm."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T317"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


BIAS = "  param { lr_mult: 2 decay_mult: 0 }\n"
WEIGHT = "  param { lr_mult: 1 decay_mult: 1 }\n"


def test_nothing_written(folder: Folder) -> None:
    folder.net({BIAS: "", WEIGHT: ""})
    fires(folder, CODE, "0.0005 also pulls 4 biases", "conv1, conv2, ip1 ...", severity="info")


def test_decay_not_written(folder: Folder) -> None:
    fires(folder.net({BIAS: "  param { lr_mult: 2 }\n"}), CODE, "4 biases")


def test_scale(folder: Folder) -> None:
    scale = 'layer { name: "scale" type: "Scale" bottom: "conv1" top: "conv1" }'
    place = 'layer {\n  name: "relu1"'
    fires(folder.net({place: f"{scale}\n{place}"}), CODE, "also pulls a bias or scale", "(scale)")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_no_decay(folder: Folder) -> None:
    folder.solver({"weight_decay: 0.0005": ""}).net({BIAS: "", WEIGHT: ""})
    check_noop(folder, CODE)


def test_frozen(folder: Folder) -> None:
    check_noop(folder.net({BIAS: "  param { lr_mult: 0 }\n"}), CODE)


def test_fix_of_what_is_written(folder: Folder) -> None:
    text = check_fixed(folder.net({BIAS: "  param { lr_mult: 2 }\n"}), CODE)["train_val.prototxt"]
    assert text.count("param { lr_mult: 2 decay_mult: 0 }") == 4


def test_fix_of_what_is_not(folder: Folder) -> None:
    text = check_fixed(folder.net({BIAS: "", WEIGHT: ""}), CODE)["train_val.prototxt"]
    assert text.count("  param { }\n  param { decay_mult: 0 }") == 4
