"""The example of docs/training.md runs, and every option and file that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.commands.train import command
from caffe2torch.train.run_folder import FILES
from caffe2torch.train.watch import Watcher
from tests.conftest import ROOT
from tests.train import tiny

PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    scope: dict = {"__name__": "example"}
    exec(compile(program, "training.md", "exec"), scope)
    scope["solver"].close()


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        result = CliRunner().invoke(cli, [*line.split()[1:], "--no-lint", "--max-iter", "4"])
        assert result.exit_code == 0, result.output
        options = line.partition("solver.prototxt ")[2]
        log = (tmp_path / "snap_run" / "train.log").read_text()
        assert all(word in log for word in options.split())
    assert (tmp_path / "snap_iter_4.caffemodel").is_file()


def test_what_it_names_is_there() -> None:
    options = {name for option in command.params for name in option.opts}
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) <= options
    assert set(re.findall(r"`(on_[a-z]+)", PAGE)) == {n for n in dir(Watcher) if n[:3] == "on_"}
    assert all(f"`{name}`" in PAGE for name in FILES)
