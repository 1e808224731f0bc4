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


def test_what_watches_a_run_and_what_is_added_belongs_to_its_command() -> None:
    settings = Settings(
        "s", no_lint=True, monitor="full", stop_on="C2T606,C2T607", ema=0.99, no_ema_warmup=True,
        warmup_iters=5, lr_policy="cosine", label_smoothing=0.1, shuffle=True, augment="pad=2",
    )  # fmt: skip
    assert settings.resume_command("x.solverstate") == (
        "c2t train s --snapshot x.solverstate --no-lint --monitor full --stop-on C2T606,C2T607 "
        "--ema 0.99 --no-ema-warmup --warmup-iters 5 --lr-policy cosine --label-smoothing 0.1 "
        "--shuffle --augment pad=2"
    )
    assert settings.extras.ema == 0.99 and settings.extras.augment == "pad=2"


def test_snapshot_and_weights_exclude_each_other() -> None:
    with pytest.raises(SolverError, match="exclude each other"):
        read(Settings("solver.prototxt", snapshot="a", weights="b"))
