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
