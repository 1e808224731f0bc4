"""The edits that an upgrade makes: input fields, BatchNorm's multipliers, the solver's type."""

from __future__ import annotations

import pytest

from caffe2torch.format import upgrade
from caffe2torch.format.text import BOM, apply
from caffe2torch.format.upgrade.edits import net_edits, solver_edits
from tests.format.upgrade.nets import edited

RELU = 'layer { name: "r" type: "ReLU" bottom: "data" top: "y" }'


def test_input_fields_become_a_layer_in_their_place() -> None:
    text = edited(
        "# net\n"
        'input: "data"  # pixels\n'
        "input_dim: 1 input_dim: 3\n"
        "input_dim: 8\n"
        "input_dim: 9\n"
        "# then\n" + RELU + "\n"
    )
    assert text == (
        '# net\nlayer {\n  name: "input"\n  type: "Input"\n  top: "data"\n  input_param {\n'
        "    shape {\n      dim: 1\n      dim: 3\n      dim: 8\n      dim: 9\n    }\n  }\n}\n"
        "# pixels\n# then\n" + RELU + "\n"
    )


def test_input_behind_the_layers_still_goes_before_them() -> None:
    text = edited(
        f'{RELU} # r\ninput: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 9\n'
    )
    assert text.startswith('layer {\n  name: "input"\n')
    assert text.endswith(f"}}\n{RELU} # r\n")


def test_input_without_a_shape_is_taken_out() -> None:
    """Caffe's upgrade makes no layer of it."""
    assert edited(f'input: "data"\n{RELU}\n') == f"{RELU}\n"


def test_a_byte_order_mark_stays_first() -> None:
    text = edited(f'{BOM}input: "data" input_shape {{ dim: 2 }}\n{RELU}\n')
    assert text.startswith(f"{BOM}layer {{\n") and text.count(BOM) == 1


def test_batchnorms_multipliers_become_0() -> None:
    old = (
        'layer { name: "b" type: "BatchNorm" bottom: "x" top: "x"  # norm\n'
        "  param {\n    lr_mult: 1 # one\n  }\n"
        "  param { lr_mult: 0 decay_mult: 0f }\n"
        "  param { }\n"
        "}\n"
    )
    assert edited(old) == (
        'layer { name: "b" type: "BatchNorm" bottom: "x" top: "x"  # norm\n'
        "  param {\n    lr_mult: 0\n    decay_mult: 0 # one\n  }\n"
        "  param { lr_mult: 0 decay_mult: 0 }\n"
        "  param { lr_mult: 0 decay_mult: 0 }\n"
        "}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        'layer { type: "BatchNorm" param { lr_mult: 1 } param { lr_mult: 1 } }',  # not three
        'layer { type: "Scale" param { lr_mult: 1 } param { lr_mult: 1 } param { lr_mult: 1 } }',
        "layer { param { lr_mult: 1 } param { lr_mult: 1 } param { lr_mult: 1 } }",
        RELU,
    ],
)
def test_other_multipliers_stay(text: str) -> None:
    assert edited(text) == text


def test_solver_types_are_renamed() -> None:
    read = upgrade.parse_solver("base_lr: 1 # rate\nsolver_type: ADAGRAD # how\n")
    assert read.document is not None
    text = apply(read.document.text, solver_edits(read.document, read.message))
    assert text == 'base_lr: 1 # rate\ntype: "AdaGrad" # how\n'


def test_nothing_else_is_edited() -> None:
    read = upgrade.parse_net(f"# c\n{RELU}")
    assert read.document is not None
    assert list(net_edits(read.document, read.message)) == []
