"""One `c2t train`: flags, run folder, log, metrics, curve, signals, exit codes."""

from __future__ import annotations

import csv
import os
import re
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.errors import SolverError
from caffe2torch.train.run import train
from caffe2torch.train.settings import Settings
from caffe2torch.train.watch import StepRecord, Watcher
from tests.train import tiny

LINE = re.compile(r"[IE]\d{8} \d\d:\d\d:\d\d\.\d{6} [ \d]{5,} [\w.]+:\d+\] ")


def c2t(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_whole_run_leaves_log_metrics_and_picture(tmp_path: Path) -> None:
    result = c2t("train", tiny.write(tmp_path), "--no-lint")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "snap_run"
    lines = (folder / "train.log").read_text().splitlines()
    assert sum(bool(LINE.match(line)) for line in lines) > 100
    assert lines[-1].endswith("caffe.cpp:250] Optimization Done.")
    table = rows(folder / "metrics.csv")
    assert [row["iteration"] for row in table] == ["0", "5", "10", "15", "20", "25", "30"]
    assert [bool(row["test0 accuracy"]) for row in table] == [True, False] * 3 + [True]
    assert table[1]["lr"] == "0.00999999978"
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert "test #0 at iteration 30: accuracy" in result.output
    assert "iteration 25/30  loss" in result.output
    assert "snap_run: train.log, metrics.csv, curve.png" in result.output


def test_a_resumed_run_goes_on_in_the_same_metrics(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    assert c2t("train", path, "--no-lint").exit_code == 0
    folder = tmp_path / "snap_run"
    whole = rows(folder / "metrics.csv")
    result = c2t("train", path, "--no-lint", "--snapshot", "latest", "--max-iter", 30)
    assert result.exit_code == 0, result.output
    state = tmp_path / "snap_iter_20.solverstate"
    assert c2t("train", path, "--no-lint", "--snapshot", state).exit_code == 0
    log = (folder / "train.log").read_text()
    assert f"Resuming from {state}" in log and log.count("Starting Optimization") == 3
    resumed = rows(folder / "metrics.csv")
    for row in (*whole, *resumed):
        row.pop("images_per_second")
    assert resumed == whole


def test_the_lint_is_heard_first_and_stops(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    text = path.read_text().replace("base_lr: 0.01", "base_lr: 50").replace("Adam", "SGD")
    path.write_text(text)
    result = c2t("train", path)
    assert result.exit_code == 2
    assert "C2T301" in result.output and "--no-lint trains anyway" in result.output
    assert not (tmp_path / "snap_run").exists()


def test_snapshot_and_weights_exclude_each_other(tmp_path: Path) -> None:
    result = c2t("train", tiny.write(tmp_path), "--no-lint", "--snapshot", "a", "--weights", "b")
    assert result.exit_code == 2
    assert "exclude each other" in result.output


def test_latest_without_any_snapshot_is_refused(tmp_path: Path) -> None:
    result = c2t("train", tiny.write(tmp_path), "--no-lint", "--snapshot", "latest")
    assert result.exit_code == 2
    assert "leave out --snapshot" in result.output


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--device", "tpu"], 'no device is called "tpu"'),
        (["--device", "cuda:99"], "no CUDA device 99"),
        (["--gpus", "0", "--procs", "2"], "exclude each other"),
        (["--gpus", "one"], '"one" is no device number'),
    ],
)
def test_devices_that_are_not_there_are_refused(
    tmp_path: Path, flags: list[str], message: str
) -> None:
    result = c2t("train", tiny.write(tmp_path), "--no-lint", *flags)
    assert result.exit_code == 2
    assert message in result.output


def test_caffes_own_spelling_of_the_flags_is_taken(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    result = c2t("train", f"--solver={path}", "--no-lint", "--sigint_effect=snapshot")
    assert result.exit_code == 0, result.output


class Interrupting(Watcher):
    """Sends a signal to this very process in the middle of a step."""

    def __init__(self, number: int) -> None:
        self.number = number

    def on_gradients(self, record: StepRecord) -> None:
        if record.iter == 3:
            os.kill(os.getpid(), self.number)


def test_ctrl_c_saves_stops_and_says_how_to_go_on(tmp_path: Path) -> None:
    path, said = tiny.write(tmp_path), []
    code = train(Settings(str(path)), said.append, [Interrupting(signal.SIGINT)])
    assert code == 1
    state = tmp_path / "snap_iter_4.solverstate"
    assert state.is_file()
    assert said[-1] == (f"stopped at iteration 4; to go on:\n  c2t train {path} --snapshot {state}")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_hang_up_only_saves(tmp_path: Path) -> None:
    settings = Settings(str(tiny.write(tmp_path)))
    assert train(settings, lambda _: None, [Interrupting(signal.SIGHUP)]) == 0
    assert (tmp_path / "snap_iter_4.solverstate").is_file()


def test_a_run_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(str(tiny.write(tmp_path)), run_dir=str(tmp_path / "file"))
    with pytest.raises(SolverError, match="--run-dir"):
        train(settings, lambda _: None)


def test_the_options_are_in_log_and_snapshot(tmp_path: Path) -> None:
    import torch

    path = tiny.write(tmp_path)
    result = c2t("train", path, "--no-lint", "--amp", "bf16", "--max-iter", 10)
    assert result.exit_code == 0, result.output
    assert "Options: --amp bf16" in (tmp_path / "snap_run" / "train.log").read_text()
    extras = torch.load(tmp_path / "snap_iter_10.c2tstate", weights_only=True)
    assert extras["options"]["amp"] == "bf16"
