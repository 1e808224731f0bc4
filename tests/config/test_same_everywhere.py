"""Started in another folder, every command reads the same net, or says the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli

NET = """name: "%s"
layer { name: "data" type: "DummyData" top: "data" top: "target"
  dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 1 } } }
layer { name: "score" type: "InnerProduct" bottom: "data" top: "score"
  inner_product_param { num_output: 1 } }
layer { name: "loss" type: "EuclideanLoss" bottom: "score" bottom: "target" top: "loss" }
"""
SOLVER = """net: "%s"
test_iter: 1 test_interval: 1 base_lr: 0.1 lr_policy: "fixed" max_iter: 1 snapshot_prefix: "w"
"""
COMMANDS = ("lint", "inspect", "draw", "train", "test", "time")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The solver's folder, below a Caffe; the working directory is outside."""
    (tmp_path / "far").mkdir()
    monkeypatch.chdir(tmp_path / "far")
    folder = tmp_path / "caffe" / "models" / "x"
    folder.mkdir(parents=True)
    return folder


def write(folder: Path, path: str, name: str = "right") -> Path:
    """A solver that names a net by `path`, and a net beside it."""
    (folder / "net.prototxt").write_text(NET % name)
    (folder / "solver.prototxt").write_text(SOLVER % path)
    return folder / "solver.prototxt"


def run(command: str, solver: Path) -> str:
    """Everything that a command prints, draws and logs about a solver."""
    more = {
        "inspect": ["--json"],
        "draw": ["-o", "-"],
        "train": ["--no-lint", "--log", "log"],
        "test": ["--weights", "w_iter_1.caffemodel", "--log", "log"],
        "time": ["--iterations", "1", "--log", "log"],
    }
    result = CliRunner().invoke(cli, [command, str(solver), *more.get(command, [])])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exc_info
    log = Path("log")
    text = log.read_text() if log.exists() else ""
    log.unlink(missing_ok=True)
    output = result.output
    if command == "lint":  # wrapped: long lines go on in the next
        output = re.sub(r"\n {4,}", " ", output)
    return output + text


def net_of(command: str, solver: Path) -> tuple[str, str]:
    """What a command shows of the net that it read, and all that it prints."""
    text = run(command, solver)
    if command == "lint":  # C2T203 points into the net
        return next(line for line in text.splitlines() if "C2T203" in line).partition(":")[0], text
    if command == "inspect":
        return json.loads(text[text.index("{") :])["nets"][0]["file"], text
    if command == "draw":
        return "right" if ">right<" in text else "another", text
    return "right" if 'name: "right"' in text else "another", text


def noted(text: str) -> bool:
    return "beside solver.prototxt is used" in text


@pytest.mark.parametrize(
    ("path", "bare"),
    [("net.prototxt", False), ("models/x/net.prototxt", False), ("gone/net.prototxt", True)],
)
def test_every_command_reads_the_same_net(folder: Path, path: str, bare: bool) -> None:
    solver = write(folder, path)
    for command in COMMANDS:
        net, text = net_of(command, solver)
        assert net in ("right", str(folder / "net.prototxt")), (command, text)
        # JSON and drawings escape the quotes of the note
        assert noted(text.replace('\\"', '"')) == bare, (command, text)


def test_the_working_directory_goes_first_everywhere(folder: Path) -> None:
    solver = write(folder, "net.prototxt", "another")
    Path("net.prototxt").write_text(NET % "right")
    for command in COMMANDS:
        assert net_of(command, solver)[0] in ("right", "net.prototxt"), command


@pytest.mark.parametrize("path", ["gone/absent.prototxt", "/gone/absent.prototxt"])
def test_every_command_says_the_same_of_a_net_that_is_not_there(folder: Path, path: str) -> None:
    solver = write(folder, path)
    for command in COMMANDS:
        text = run(command, solver).replace('\\"', '"')
        assert f'net "{path}" does not exist' in text, command
        assert f"{solver}:1:1" in text, command
        assert text.count(f"in {folder}") == 1, (command, text)


def test_the_fix_of_a_bare_name_holds_everywhere(folder: Path) -> None:
    solver = write(folder, "gone/net.prototxt")
    CliRunner().invoke(cli, ["lint", "--fix", "--select", "C2T509", str(solver)])
    assert solver.read_text() == SOLVER % "net.prototxt"
    for command in COMMANDS:
        net, text = net_of(command, solver)
        assert net in ("right", str(folder / "net.prototxt")), command
        assert not noted(text.replace('\\"', '"')), command
