"""The command finds the solver of a net."""

from __future__ import annotations

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
