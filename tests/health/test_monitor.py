"""The monitor ends real runs that cannot learn, and leaves the others alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.health.monitor import Monitor
from tests.train import tiny


def trained(folder: Path, rate: float, monitor: Monitor, steps: int) -> tiny.Solver:
    tiny.write_database(folder)
    solver = tiny.solver(tiny.write(folder), base_lr=rate)
    solver.watchers.append(monitor)
    solver.step(steps)
    return solver


def test_a_run_without_faults_is_left_alone(tmp_path: Path) -> None:
    said: list[str] = []
    monitor = Monitor(said.append, "full", lambda _: tmp_path)
    solver = trained(tmp_path, 0.01, monitor, 40)
    assert solver.iter == 40 and not monitor.failed and said == []
    assert len(monitor.history.losses) == 40
    assert monitor.history.classes == 4
    assert {norms.layer for norms in monitor.history.norms[0]} == {"conv", "score"}


def test_the_weights_before_a_nan_are_kept(tmp_path: Path) -> None:
    said: list[str] = []
    monitor = Monitor(said.append, "light", lambda _: tmp_path)
    solver = trained(tmp_path, 1e30, monitor, 40)
    assert monitor.failed and solver.iter < 40
    (seen,) = [seen for seen in monitor.observations if seen.code == "C2T608"]
    assert seen.layer  # the first layer that made it
    events = (tmp_path / "events.jsonl").read_text().splitlines()
    assert json.loads(events[-1])["code"] == "C2T608"


def test_the_same_is_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    monitor = Monitor(said.append, "full", None, stop_on=())
    trained(tmp_path, 3.0, monitor, 30)
    heads = [text.partition("] ")[0].partition(": ")[2] for text in said]
    assert len({(seen.code, seen.layer) for seen in monitor.observations}) == len(heads)


@pytest.mark.parametrize("word", ["608", "c2t608", "C2T608"])
def test_codes_may_be_short(word: str) -> None:
    from caffe2torch.commands.train import _codes

    assert _codes(f"{word}, 609") == ("C2T608", "C2T609")


def test_a_run_that_the_lint_predicted_to_fail_is_trained_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    demo = tmp_path / "demo"
    assert runner.invoke(cli, ["quickstart", str(demo)]).exit_code == 0
    text = (demo / "solver.prototxt").read_text()
    hot = "\n".join(
        "base_lr: 1e9" if line.startswith("base_lr") else line for line in text.splitlines()
    )
    (demo / "hot.prototxt").write_text(hot)
    result = runner.invoke(cli, ["train", str(demo / "hot.prototxt"), "--max-iter", "50"])
    assert result.exit_code == 1, result.output
    assert "C2T301" in result.output and "training all the same" in result.output
    assert "C2T608" in result.output and "as the lint predicted" in result.output
    strict = runner.invoke(cli, ["train", str(demo / "hot.prototxt"), "--strict"])
    assert strict.exit_code == 2 and "--strict" in strict.output
