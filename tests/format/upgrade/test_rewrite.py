"""The upgrade as edits: what changes, and that comments and layout do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caffe2torch.errors import C2TError
from caffe2torch.format import schema, upgrade
from caffe2torch.format.upgrade.rewrite import rewritten
from tests.conftest import GOLDEN

FOLDER = GOLDEN / "upgrade"
CASES = [
    case
    for case in json.loads((FOLDER / "index.json").read_text())["cases"]
    if case.get("output") and case["input"].endswith(".prototxt")
]


def net(text: str) -> tuple[str, bool]:
    return rewritten(upgrade.parse_net(text))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_text_says_what_caffes_tool_wrote(case: dict) -> None:
    solver = case["kind"] == "solver"
    read = upgrade.read_solver if solver else upgrade.read_net
    name = "SolverParameter" if solver else "NetParameter"
    text, _ = rewritten(read(FOLDER / case["input"]))
    wanted = schema.read(FOLDER / case["output"], name).message
    assert schema.parse_message(text, name, "new").message == wanted


def test_published_nets_survive(zoo: Path) -> None:
    lost = 0
    for path in sorted(zoo.rglob("*.prototxt"))[::6]:
        try:
            read = upgrade.read_net(path)
        except C2TError:
            continue
        if read.notes:
            text, kept = rewritten(read)
            lost += not kept
            again = upgrade.parse_net(text)
            assert again.message == read.message, path
            assert not again.notes, path
    assert lost < 5  # nets of 2013, which are written anew


def test_v1_layers_are_edited_where_they_stand() -> None:
    text, kept = net(
        "# a net\n"
        'name: "x"  # mine\n'
        "layers {\n"
        "  # the first\n"
        "  type: CONVOLUTION  name: 'c'\n"
        "  blobs_lr: 1.  # weights\n"
        "  blobs_lr: 2\n"
        "  weight_decay: 1; weight_decay: 0\n"
        '  param: "shared"\n'
        "  convolution_param { num_output: 2 kernel_size: 3 }\n"
        "}\n"
    )
    assert kept
    assert text == (
        "# a net\n"
        'name: "x"  # mine\n'
        "layer {\n"
        "  # the first\n"
        "  type: \"Convolution\"  name: 'c'\n"
        '  param { name: "shared" lr_mult: 1. decay_mult: 1 }\n'
        "  param { lr_mult: 2 decay_mult: 0 }  # weights\n"
        "  convolution_param { num_output: 2 kernel_size: 3 }\n"
        "}\n"
    )


def test_input_fields_become_a_layer_in_their_place() -> None:
    text, kept = net(
        "# net\n"
        'input: "data"  # pixels\n'
        "input_dim: 1 input_dim: 3\n"
        "input_dim: 8\n"
        "input_dim: 9\n"
        "# then\n"
        'layer { name: "r" type: "ReLU" bottom: "data" top: "y" }\n'
    )
    assert kept
    assert text.startswith('# net\nlayer {\n  name: "input"\n  type: "Input"\n  top: "data"\n')
    assert "# pixels\n" in text
    assert text.endswith('# then\nlayer { name: "r" type: "ReLU" bottom: "data" top: "y" }\n')
    assert "input_dim" not in text


def test_input_behind_the_layers_still_goes_before_them() -> None:
    text, kept = net(
        'layer { name: "r" type: "ReLU" bottom: "data" top: "y" } # r\n'
        'input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 9\n'
    )
    assert kept
    assert text.index('type: "Input"') < text.index('type: "ReLU"')


def test_transformation_fields_move_out_of_the_data() -> None:
    text, kept = net(
        "layers {\n"
        '  name: "d" type: DATA top: "d"\n'
        "  data_param {\n"
        '    source: "db"  # the data\n'
        "    scale: 0.5\n"
        "    batch_size: 2 crop_size: 3\n"
        "  }\n"
        "}\n"
    )
    assert kept
    assert text == (
        "layer {\n"
        '  name: "d" type: "Data" top: "d"\n'
        "  data_param {\n"
        '    source: "db"  # the data\n'
        "    batch_size: 2 \n"
        "  }\n"
        "  transform_param { scale: 0.5 crop_size: 3 }\n"
        "}\n"
    )


def test_batchnorms_multipliers_become_0_once() -> None:
    old = (
        'layer { name: "b" type: "BatchNorm" bottom: "x" top: "x"  # norm\n'
        "  param {\n    lr_mult: 1 # one\n  }\n"
        "  param { lr_mult: 0 decay_mult: 0 }\n"
        "  param { }\n"
        "}\n"
    )
    text, kept = net(old)
    assert kept
    assert text == (
        'layer { name: "b" type: "BatchNorm" bottom: "x" top: "x"  # norm\n'
        "  param {\n    lr_mult: 0\n    decay_mult: 0 # one\n  }\n"
        "  param { lr_mult: 0 decay_mult: 0 }\n"
        "  param { lr_mult: 0 decay_mult: 0 }\n"
        "}\n"
    )
    again = upgrade.parse_net(text)
    assert not again.notes
    assert rewritten(again) == (text, True)


def test_solver_types_are_renamed() -> None:
    read = upgrade.parse_solver("base_lr: 1 # rate\nsolver_type: ADAGRAD # how\n")
    assert rewritten(read) == ('base_lr: 1 # rate\ntype: "AdaGrad" # how\n', True)


def test_line_ends_stay() -> None:
    text, _ = net(
        'layers {\r\n  type: RELU\r\n  blobs_lr: 1\r\n  blobs_lr: 2\r\n  name: "r"\r\n}\r\n'
    )
    assert text.count("\r\n") == text.count("\n")
    assert "  param { lr_mult: 1 }\r\n  param { lr_mult: 2 }\r\n" in text


def test_what_cannot_be_edited_is_written_anew_below_its_first_comment() -> None:
    v0 = '# mine\n\nname: "x"\nlayers { layer { name: "r" type: "relu" } top: "b" }\n'
    text, kept = net(v0)
    assert kept  # there is no other comment
    assert text.startswith('# mine\n\nname: "x"\nlayer {\n')
    assert net(v0 + "# more\n")[1] is False
    assert net(v0 + 'state { stage: "#" }\n')[1] is True


def test_lists_in_brackets_are_written_right() -> None:
    text, _ = net('layers { name: "c" type: RELU blobs_lr: [1, 2] }')
    message = upgrade.parse_net(text).message
    assert [spec.lr_mult for spec in message.layer[0].param] == [1, 2]


def test_a_present_net_stays_as_it_is() -> None:
    source = '# c\nlayer { type: "ReLU" }'
    assert net(source) == (source, True)
