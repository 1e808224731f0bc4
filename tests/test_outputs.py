"""A file of a net writes only where the command says, and replaces only what is of its kind."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner, Result

from caffe2torch import inputs, outputs
from caffe2torch.cli import cli
from caffe2torch.errors import C2TError

NET = """layer { name: "d" type: "DummyData" top: "data" top: "label"
                 dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }
layer { name: "i" type: "InnerProduct" bottom: "data" top: "i"
        inner_product_param { num_output: 3 } }
layer { name: "l" type: "SoftmaxWithLoss" bottom: "i" bottom: "label" top: "l" }
"""
WRITER = """layer { name: "o" type: "HDF5Output" bottom: "data" bottom: "label"
                    hdf5_output_param { file_name: "@" } }"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a folder `elsewhere` beside it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv(inputs.SANDBOX, "")
    return tmp_path / "here"


def train(net: str, prefix: str = "s", *options: str, solver: str = "s.prototxt") -> Result:
    Path("n.prototxt").write_text(net)
    Path(solver).write_text(
        f'net: "n.prototxt" base_lr: 0.01 lr_policy: "fixed" max_iter: 1 solver_mode: CPU '
        f'snapshot_prefix: "{prefix}"'
    )
    return CliRunner().invoke(cli, ["train", solver, "--no-lint", *options])


def everything(tmp_path: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_what_a_run_writes_is_shown_before_it_starts(folder: Path) -> None:
    result = train(NET + WRITER.replace("@", "o.h5"))
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert (
        lines[0] == "trains a net, 12 parameters, on cpu: 2 images an iteration, up to iteration 1"
    )
    assert lines[1] == "writes s_iter_N.*, s_run/, o.h5"
    files = {p.name for p in folder.rglob("*") if p.is_file()}
    assert files - {"n.prototxt", "s.prototxt"} == {
        "o.h5", "s_iter_1.caffemodel", "s_iter_1.solverstate", "s_iter_1.c2tstate", "train.log",
        "metrics.csv", "events.jsonl", "run.json",
    }  # fmt: skip


@pytest.mark.parametrize("prefix", ["../elsewhere/x", "{}/elsewhere/x", "sub/../../elsewhere/x"])
def test_a_prefix_that_leads_outside_is_refused(folder: Path, prefix: str) -> None:
    (folder / "sub").mkdir()
    prefix = prefix.format(folder.parent)
    result = train(NET, prefix)
    assert result.exit_code == 2
    assert "s.prototxt:1:" in result.output
    assert f"leads out of {folder} → --allow-outside" in result.output
    assert not any((folder.parent / "elsewhere").iterdir())
    assert train(NET, prefix, "--allow-outside").exit_code == 0
    assert (folder.parent / "elsewhere" / "x_iter_1.caffemodel").is_file()


def test_a_link_that_leads_outside_is_followed_and_refused(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent / "elsewhere")
    assert train(NET, "link/x").exit_code == 2
    assert not any((folder.parent / "elsewhere").iterdir())


def test_the_solvers_folder_and_the_run_folder_are_allowed(folder: Path) -> None:
    beside = folder.parent / "elsewhere"
    result = train(NET, f"{beside}/x", solver=f"{beside}/s.prototxt")
    assert result.exit_code == 0, result.output
    result = train(NET, f"{folder.parent}/run/x", "--run-dir", f"{folder.parent}/run")
    assert result.exit_code == 2  # the folder is not there yet
    (folder.parent / "run").mkdir()
    result = train(NET, f"{folder.parent}/run/x", "--run-dir", f"{folder.parent}/run")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", ["victim.txt", "other.h5", "a.caffemodel", "folder"])
def test_files_of_other_kinds_are_not_replaced(folder: Path, name: str) -> None:
    (folder / "victim.txt").write_text("precious")
    with h5py.File("other.h5", "w") as file:
        file["precious"] = np.ones(3)
    (folder / "a.caffemodel").write_bytes(b"\x0a\x01n")
    (folder / "folder").mkdir()
    before = everything(folder)
    result = train(NET + WRITER.replace("@", name))
    assert result.exit_code == 2
    assert "n.prototxt:7:21: " in result.output
    assert 'layer "o" (HDF5Output): file_name' in result.output
    assert "a file of another kind is there already" in result.output
    after = everything(folder)
    assert {path: after[path] for path in before} == before


def test_force_replaces_them_and_our_own_are_replaced_without(folder: Path) -> None:
    (folder / "o").write_text("precious")
    assert train(NET + WRITER.replace("@", "o"), "s", "--force").exit_code == 0
    with h5py.File("o") as file:
        assert set(file) == {"data", "label"}
    assert train(NET + WRITER.replace("@", "o")).exit_code == 0


@pytest.mark.parametrize(
    "name", ["s_iter_1.caffemodel", "s_iter_7.solverstate", "s_iter_1.c2tstate", "s_run/train.log",
             "s_run/metrics.csv", "s_run/curve.png"],
)  # fmt: skip
def test_what_is_no_snapshot_and_no_log_is_not_replaced(folder: Path, name: str) -> None:
    (folder / "s_run").mkdir()
    (folder / name).write_text("precious")
    result = train(NET)
    assert result.exit_code == 2, result.output
    assert name in result.output
    assert (folder / name).read_text() == "precious"
    assert train(NET, "s", "--force").exit_code == 0


@pytest.mark.parametrize("command", [["time", "n.prototxt", "--iterations", "1"]])
def test_other_commands_hold_to_it_too(folder: Path, command: list[str]) -> None:
    Path("n.prototxt").write_text(NET + WRITER.replace("@", "../elsewhere/o.h5"))
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 2, result.output
    assert "leads out of" in result.output
    assert not any((folder.parent / "elsewhere").iterdir())


def test_a_sandbox_confines_reads_and_writes(folder: Path) -> None:
    assert train(NET, "s", "--sandbox", ".").exit_code == 0
    secret = folder.parent / "elsewhere" / "secret.prototxt"
    secret.write_text(NET)
    for words in (
        ["inspect", str(secret)],
        ["lint", str(secret)],
        ["draw", str(secret), "-o", "o.svg"],
    ):
        result = CliRunner().invoke(cli, ["--sandbox", ".", *words])
        assert result.exit_code == 2, result.output
        assert "it lies outside of the sandbox" in result.output
    result = CliRunner().invoke(
        cli, ["draw", "n.prototxt", "-o", "../elsewhere/o.svg", "--sandbox=."]
    )
    assert result.exit_code == 2
    result = train(NET, "../elsewhere/x", "--allow-outside", "--sandbox", ".")
    assert result.exit_code == 2
    assert [p.name for p in secret.parent.iterdir()] == ["secret.prototxt"]
    assert CliRunner().invoke(cli, ["--sandbox", "absent", "lint", "n.prototxt"]).exit_code == 2


def test_without_a_permit_only_files_are_looked_at(folder: Path) -> None:
    (folder / "f").write_text("precious")
    known = outputs.starts_with(b"prec")
    outputs.check("f", "file", known)
    outputs.check("../elsewhere/new", "file", known)
    with pytest.raises(C2TError, match='file "f": a file of another kind'):
        outputs.check("f", "file", outputs.starts_with(b"x"))
    with outputs.permitted(outputs.Permit((folder,))), pytest.raises(C2TError, match="leads out"):
        outputs.check("../elsewhere/new", "file", known)
