"""A net of any version, as text or binary, in the phases that can be wired."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.errors import C2TError
from caffe2torch.format import schema, upgrade
from caffe2torch.inspect import Options, Report, inspect_file
from caffe2torch.inspect.render import lines
from tests.conftest import GOLDEN, ROOT

SOLVERS = ROOT / "solvers"


def phase(report: Report, name: str) -> dict:
    (found,) = (p for p in report.json["phases"] if p["phase"] == name)
    return found


@pytest.fixture(scope="module")
def lenet() -> Report:
    return inspect_file(SOLVERS / "mnist_lenet" / "train_val.prototxt")


def test_missing_data_is_assumed_and_said(lenet: Report) -> None:
    (note,) = phase(lenet, "TRAIN")["notes"]
    assert 'database "mnist_train_lmdb" does not exist; assumed shapes data (64, 1, 28, 28)' in note
    assert f"note: {note}" in list(lines(lenet))


def test_one_phase_can_be_asked_for() -> None:
    path = SOLVERS / "mnist_lenet" / "train_val.prototxt"
    report = inspect_file(path, Options(phase="test"))
    assert [p["phase"] for p in report.json["phases"]] == ["TEST"]


def test_a_level_and_stages_choose_layers() -> None:
    path = GOLDEN / "nets" / "states.prototxt"
    few = inspect_file(path, Options(phase="TRAIN", level=0)).json["phases"][0]
    more = inspect_file(path, Options(phase="TRAIN", level=2, stages=["squash", "extra"])).json
    assert len(few["layers"]) < len(more["phases"][0]["layers"])


@pytest.mark.parametrize("name", ["v0_small", "input_dim", "up_to_date"])
def test_nets_of_every_version_are_known(name: str) -> None:
    report = inspect_file(GOLDEN / "upgrade" / f"{name}.in.prototxt")
    assert report.kind == "net"
    assert report.json["phases"]


def test_a_v1_net_is_told_in_present_types_with_a_note(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(
        'input: "x" input_dim: 1 input_dim: 2 input_dim: 3 input_dim: 3\n'
        'layers { name: "r" type: RELU bottom: "x" top: "y" }'
    )
    report = inspect_file(tmp_path / "n").json
    assert [one["type"] for one in report["phases"][0]["layers"]] == ["Input", "ReLU"]
    assert "old format (V1 layers, input fields)" in report["notes"][0]


def test_a_binary_net_says_the_same_as_its_text(tmp_path: Path) -> None:
    text = SOLVERS / "cifar10_quick" / "train_val.prototxt"
    schema.write_binary(upgrade.read_net(text).message, tmp_path / "net")
    binary = inspect_file(tmp_path / "net").json
    assert binary["format"] == "binary"
    assert binary["phases"][0]["layers"] == inspect_file(text).json["phases"][0]["layers"]


def test_a_phase_that_cannot_be_wired_is_named(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(
        'layer { name: "x" type: "Input" top: "x" include { phase: TRAIN }'
        " input_param { shape { dim: 2 } } }"
        'layer { name: "p" type: "Power" bottom: "x" top: "y" }'
    )
    report = inspect_file(tmp_path / "n")
    assert [p["phase"] for p in report.json["phases"]] == ["TRAIN"]
    assert 'unknown bottom "x"' in report.json["errors"]["TEST"]
    assert any(line.startswith("TEST: not built: ") for line in lines(report))


def test_a_net_that_no_phase_can_wire_is_refused_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "n"
    path.write_text('layer { name: "p" type: "Power"\n bottom: "x" top: "y" }')
    with pytest.raises(C2TError) as raised:
        inspect_file(path)
    assert str(raised.value).startswith(f"{path}:2:2: ")


def test_a_broken_net_says_where(tmp_path: Path) -> None:
    path = tmp_path / "n"
    path.write_text('layer {\n name: "x"\n typ: "ReLU"\n}')
    with pytest.raises(C2TError, match='did you mean "type"'):
        inspect_file(path)
