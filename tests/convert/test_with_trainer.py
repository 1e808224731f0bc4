"""The command finds the solver of a net."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.convert.with_trainer import trains
from caffe2torch.format.upgrade import read_solver


def test_the_command_finds_the_solver_of_a_net(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    assert CliRunner().invoke(cli, ["quickstart", str(demo)]).exit_code == 0
    for words in (["train_val.prototxt", "--with-trainer"], ["--with-trainer", "solver.prototxt"]):
        out = tmp_path / words[0].strip("-")
        given = [str(demo / word) if word.endswith("prototxt") else word for word in words]
        result = CliRunner().invoke(cli, ["convert", *given, "-o", str(out)])
        assert result.exit_code == 0, result.output
        assert sorted(path.name for path in out.glob("[!.]*")) == [
            "digits_lenet.py",
            "digits_lenet.safetensors",
            "digits_lenet_mean.pt",
            "digits_lenet_train.py",
        ]


def test_the_script_runs_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo, out = tmp_path / "demo", tmp_path / "out"
    assert CliRunner().invoke(cli, ["quickstart", str(demo)]).exit_code == 0
    solver = (demo / "solver.prototxt").read_text()
    solver = re.sub(r"max_iter: \d+", "max_iter: 2", solver).replace("test_iter: 6", "test_iter: 1")
    solver = re.sub('snapshot_prefix: "[^"]*"', 'snapshot_prefix: "kept/net"', solver)
    (demo / "solver.prototxt").write_text(solver)
    monkeypatch.chdir(demo)  # paths of the solver are relative to it
    result = CliRunner().invoke(
        cli, ["convert", "--with-trainer", "solver.prototxt", "-o", "../out"]
    )
    assert result.exit_code == 0, result.output
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, str(out / "digits_lenet_train.py")]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "test: {" in done.stdout
    assert [path.name for path in (out / "kept").iterdir()] == ["net.pt"]
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize(
    ("path", "trained"),
    [("net.prototxt", True), ("x/net.prototxt", True), ("gone/net.prototxt", True), ("n", False)],
)
def test_a_solver_beside_a_net_is_asked_where_its_net_lies(
    tmp_path: Path, path: str, trained: bool
) -> None:
    (tmp_path / "x").mkdir()
    net = tmp_path / "x" / "net.prototxt"
    net.write_text("")
    solver = tmp_path / "x" / "solver.prototxt"
    solver.write_text(f'net: "{path}"')
    assert trains(read_solver(solver), net) == trained
