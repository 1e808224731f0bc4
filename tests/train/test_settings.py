"""The options of `c2t train`: into the solver, and back into a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.errors import SolverError
from caffe2torch.train.settings import Settings, read
from tests.train import tiny


def test_flags_are_written_into_the_solver_as_caffe_train_does(tmp_path: Path) -> None:
    path = tiny.write(tmp_path, more='train_state { level: 3 } weights: "old"')
    given = read(Settings(str(path), weights="a,b", max_iter=7, stages=("x", "y")))
    state = given.message.train_state
    assert (state.level, list(state.stage)) == (0, ["x", "y"])
    assert list(given.message.weights) == ["a,b"]
    assert given.message.max_iter == 7
    assert "gives way to --level 0" in given.notes[0]
    assert not read(Settings(str(path), snapshot="s")).message.weights


def test_settings_give_their_command_line_back() -> None:
    assert Settings("s").arguments() == ["s"]
    settings = Settings("s", amp="bf16", tf32=True, stages=("a",), weights="w", max_iter=5)
    assert settings.resume_command("x y.solverstate") == (
        "c2t train s --snapshot 'x y.solverstate' --max-iter 5 --stage a --amp bf16 --tf32"
    )


def test_snapshot_and_weights_exclude_each_other() -> None:
    with pytest.raises(SolverError, match="exclude each other"):
        read(Settings("solver.prototxt", snapshot="a", weights="b"))
