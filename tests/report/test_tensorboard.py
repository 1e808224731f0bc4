"""Event files: the same numbers as in metrics.csv and events.jsonl, each once."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.report.tensorboard import TensorBoard
from caffe2torch.train import table
from tests.train import tiny


class Written:
    """Keeps what would go into the file."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, int], list[float]] = {}

    def add_scalar(self, tag: str, value: float, iteration: int) -> None:
        self.values.setdefault((tag, iteration), []).append(value)

    def flush(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def measurement(iteration: int) -> str:
    norms = [{"layer": "conv", "gradient": 0.5, "step": 0.01}]
    return json.dumps({"event": "measurement", "iteration": iteration, "norms": norms}) + "\n"


def test_scores_and_measurements_are_written_once(tmp_path: Path) -> None:
    written = Written()
    watcher = TensorBoard(lambda _: tmp_path, lambda *_: written)
    solver = tiny.solver(tiny.write(tmp_path), watchers=[watcher])
    solver.step(6)
    (tmp_path / "events.jsonl").write_text(measurement(0) + measurement(5) + '{"event": "me')
    watcher.on_end()
    watcher.on_end()
    watcher.stop()
    assert all(len(values) == 1 for values in written.values.values()) and written.closed
    tags = {tag for tag, _ in written.values}
    assert {"train/smoothed loss", "train/lr", "train/loss", "test0/accuracy"} <= tags
    assert written.values["gradient/conv", 5] == [0.5] and written.values["step/conv", 0] == [0.01]


def test_event_files_hold_what_metrics_hold(tmp_path: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="no tensorboard"
    )
    path = tiny.write(tmp_path)
    words = ["train", str(path), "--tensorboard", "--max-iter", "10", "--no-lint"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    events = accumulator.EventAccumulator(str(tmp_path / "snap_run" / "tensorboard"))
    events.Reload()
    rows = table.read(tmp_path / "snap_run" / "metrics.csv")
    for column, tag in (("loss", "train/smoothed loss"), ("test0 accuracy", "test0/accuracy")):
        scalars = {scalar.step: scalar.value for scalar in events.Scalars(tag)}
        assert scalars == pytest.approx(dict(table.points(rows, column)))
    assert events.Scalars("gradient/conv")


def test_without_the_package_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "torch.utils.tensorboard":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    words = ["train", str(tiny.write(tmp_path)), "--tensorboard", "--no-lint"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2 and "caffe2torch[tensorboard]" in result.output
