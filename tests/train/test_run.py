"""One `c2t train`: flags, run folder, log, metrics, curve, signals, exit codes."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
from pathlib import Path

import lmdb
import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.errors import RunError, SolverError
from caffe2torch.train.run import train
from caffe2torch.train.settings import Settings
from caffe2torch.train.terminal import Plain
from caffe2torch.train.watch import StepRecord, Watcher
from tests.train import tiny

LINE = re.compile(r"[IE]\d{4} \d\d:\d\d:\d\d\.\d{6} [ \d]{5,} [\w.]+:\d+\] ")


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


def test_the_lint_is_heard_first_and_stops_where_that_is_wanted(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    net = tmp_path / "net.prototxt"  # without fillers all weights are 0, and stay there
    net.write_text(net.read_text().replace('weight_filler { type: "xavier" }', ""))
    result = c2t("train", path, "--strict")
    assert result.exit_code == 2
    assert "C2T203" in result.output and "because of the errors above and --strict" in result.output
    assert "training all the same" not in result.output
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
    path, lines = tiny.write(tmp_path), []
    code = train(Settings(str(path)), lines.append, [Interrupting(signal.SIGINT)])
    assert code == 1
    state = tmp_path / "snap_iter_4.solverstate"
    assert state.is_file()
    assert lines[-2:] == [
        "stopped at iteration 4; to go on:",
        f"  c2t train {path} --snapshot {state}",
    ]
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


def broken_at(folder: Path, record: int) -> None:
    """Replace a record of the database by something else."""
    with (
        lmdb.open(str(folder / "db"), map_size=1 << 22) as database,
        database.begin(write=True) as put,
    ):
        put.put(b"%08d" % record, b"\xff\xff not a datum")


def test_data_that_fails_on_the_way_leaves_a_snapshot_and_the_way_on(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    broken_at(tmp_path, 21)  # in the fourth batch of six
    result = c2t("train", path, "--no-lint", "--max-iter", 15)
    state = tmp_path / "snap_iter_3.solverstate"
    assert result.exit_code == 1
    assert 'record "00000021"' in result.output
    command = f"stopped at iteration 3; to go on: c2t train {path} --snapshot {state} --max-iter 15"
    assert command in result.output
    assert "Iteration 3: " in (tmp_path / "snap_run" / "train.log").read_text()
    # With the record mended, the run ends as one that never failed.
    shutil.rmtree(tmp_path / "db")
    tiny.write_database(tmp_path / "db")
    assert c2t("train", path, "--no-lint", "--snapshot", state, "--max-iter", 15).exit_code == 0
    resumed = (tmp_path / "snap_iter_15.caffemodel").read_bytes()
    assert c2t("train", path, "--no-lint", "--max-iter", 15).exit_code == 0
    assert (tmp_path / "snap_iter_15.caffemodel").read_bytes() == resumed


def test_data_that_fails_at_once_is_a_wrong_input(tmp_path: Path) -> None:
    path = tiny.write(tmp_path, more="test_initialization: false")
    broken_at(tmp_path, 2)
    assert c2t("train", path, "--no-lint").exit_code == 2
    assert not list(tmp_path.glob("snap_iter_*"))


def test_a_fault_in_the_middle_leaves_a_snapshot_too(tmp_path: Path) -> None:
    class Wrong(Watcher):
        def on_gradients(self, record: StepRecord) -> None:
            if record.iter == 12:
                raise ZeroDivisionError("twelve")

    with pytest.raises(RunError, match=r"ZeroDivisionError: twelve → .*snap_iter_12\.solverstate"):
        train(Settings(str(tiny.write(tmp_path))), lambda _: None, [Wrong()])


def test_a_second_run_in_a_folder_is_refused(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    other = path.with_name("other.prototxt")
    other.write_text(path.read_text().replace("/snap", "/other"))
    refusals: list[str] = []

    class Second(Watcher):
        def on_step(self, record: StepRecord) -> None:
            for settings in (Settings(str(path), run_dir=f"{tmp_path}/x"), same_folder):
                with pytest.raises(SolverError) as refused:
                    train(settings, lambda _: None)
                refusals.append(str(refused.value))

    same_folder = Settings(str(other), run_dir=f"{tmp_path}/snap_run")
    train(Settings(str(path), max_iter=1), lambda _: None, [Second()])
    process = f"process {os.getpid()} on"
    assert refusals[0].startswith(f"the snapshot_prefix {tmp_path}/snap is in use by {process}")
    assert refusals[1].startswith(f"the run folder {tmp_path}/snap_run is in use by {process}")
    assert train(same_folder, lambda _: None) == 0  # it has ended
    assert not list(tmp_path.rglob("*.lock"))


def test_latest_is_the_newest_whole_one_and_says_what_it_skips(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    assert c2t("train", path, "--no-lint").exit_code == 0
    os.truncate(tmp_path / "snap_iter_30.caffemodel", 100)
    result = c2t("train", path, "--no-lint", "--snapshot", "latest")
    assert result.exit_code == 0, result.output
    skipped = f"note: skipped {tmp_path}/snap_iter_30.solverstate: "
    assert skipped in result.output and "its checksum differs" in result.output
    state = tmp_path / "snap_iter_20.solverstate"
    assert f"Resuming from {state}" in (tmp_path / "snap_run" / "train.log").read_text()


def test_if_no_snapshot_is_whole_each_is_named(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    assert c2t("train", path, "--no-lint", "--max-iter", 20).exit_code == 0
    for model in tmp_path.glob("*.caffemodel"):
        model.unlink()
    result = c2t("train", path, "--no-lint", "--snapshot", "latest")
    assert result.exit_code == 2
    assert "snap_iter_10.solverstate" in result.output and "which are gone" in result.output


def test_only_what_is_to_be_kept_is_left(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    path.write_text(path.read_text().replace("snapshot: 10", "snapshot: 5"))
    result = c2t("train", path, "--no-lint", "--keep-last", 1, "--keep-best", "accuracy")
    assert result.exit_code == 0, result.output
    scores = {
        int(row["iteration"]): float(row["test0 accuracy"])
        for row in rows(tmp_path / "snap_run" / "metrics.csv")
        if row["test0 accuracy"]
    }
    best = max((n for n in sorted(scores) if n), key=scores.__getitem__)
    left = {int(p.stem.rpartition("_")[2]) for p in tmp_path.glob("*.solverstate")}
    assert left == {best, 30}


def test_a_run_folder_that_is_removed_does_not_end_the_run(tmp_path: Path) -> None:
    class Removing(Watcher):
        def on_step(self, record: StepRecord) -> None:
            if record.iter == 7:
                shutil.rmtree(tmp_path / "run")

    lines: list[str] = []
    settings = Settings(str(tiny.write(tmp_path)), run_dir=str(tmp_path / "run"))
    assert train(settings, lines.append, [Removing()]) == 0
    assert [row["iteration"] for row in rows(tmp_path / "run" / "metrics.csv")][-1] == "30"
    assert (tmp_path / "run" / "train.log").read_text().endswith("Optimization Done.\n")


def test_a_net_without_parameters_trains_as_in_caffe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.prototxt").write_text(
        """layer { name: "d" type: "DummyData" top: "d" dummy_data_param { shape { dim: 2 }
                   data_filler { type: "constant" value: 1 } } }
           layer { name: "r" type: "ReLU" bottom: "d" top: "l" loss_weight: 1 }"""
    )
    Path("s.prototxt").write_text(
        'net: "n.prototxt" base_lr: 1 lr_policy: "fixed" max_iter: 3 snapshot_prefix: "s" '
        "solver_mode: CPU display: 1"
    )
    lines: list[str] = []
    assert train(Settings("s.prototxt"), lines.append, [Plain(lines.append)]) == 0
    assert any("iteration 2/3  loss 2" in line for line in lines)
    assert train(Settings("s.prototxt", snapshot="s_iter_3.solverstate"), lines.append) == 0


@pytest.mark.parametrize("count", [0, -1])
def test_a_test_of_no_batches_shows_no_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.prototxt").write_text(
        """layer { name: "d" type: "DummyData" top: "d" dummy_data_param { shape { dim: 2 } } }
           layer { name: "r" type: "ReLU" bottom: "d" top: "l" loss_weight: 1 }"""
    )
    Path("s.prototxt").write_text(
        'net: "n.prototxt" base_lr: 1 lr_policy: "fixed" max_iter: 2 test_interval: 1 '
        f"test_iter: {count} test_compute_loss: true solver_mode: CPU"
    )
    assert train(Settings("s.prototxt"), lambda _line: None) == 0
