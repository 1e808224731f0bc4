"""The monitor ends real runs that cannot learn, and leaves the others alone."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.format import upgrade
from caffe2torch.health import events
from caffe2torch.health.monitor import Monitor, Prediction
from caffe2torch.train.solver import Solver
from caffe2torch.weights import read_solverstate
from tests.train import tiny
from tools.health.config import Config, plain


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


@pytest.mark.parametrize("lag", [0, 1, 2])
@pytest.mark.parametrize("rate", [1e3, 1e6])
def test_a_run_that_diverges_keeps_its_last_good_state(
    lag: int, rate: float, tmp_path: Path
) -> None:
    monitor = Monitor(lambda _: None, "light", lag=lag)
    path = Config(plain(), solver={"base_lr": rate}).write(tmp_path)
    solver = Solver(upgrade.read_solver(path), watchers=[monitor])
    solver.step(60)
    assert monitor.failed and solver.stopped
    assert all(np.isfinite(value).all() for value in tiny.weights(solver).values())
    losses = monitor.history.losses
    assert not lag or solver.iter < len(losses)
    assert all(map(math.isfinite, losses[: solver.iter]))


def test_statistics_are_those_before_a_batch_that_spoils_them(tmp_path: Path) -> None:
    monitor = Monitor(lambda _: None, "light")
    tiny.write_database(tmp_path)
    solver = tiny.solver(tiny.write(tmp_path))
    solver.watchers.append(monitor)
    solver.step(3)
    before = {name: value.clone() for name, value in solver.net.named_buffers()}
    batch = solver.train.batch()
    solver.train.repeated = {**batch, "data": torch.full_like(batch["data"], math.inf)}
    solver.step(1)
    assert monitor.failed and solver.iter == 3
    for name, value in solver.net.named_buffers():
        assert torch.equal(value, before[name]), name


LOGARITHM = """
layer { name: "x" type: "DummyData" top: "x" top: "label"
  dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 }
    data_filler { value: 1 } data_filler { value: 0 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
  inner_product_param { num_output: 4 bias_term: false weight_filler { value: 0 } } }
layer { name: "root" type: "Power" bottom: "ip" top: "root" power_param { power: 0.5 } }
layer { name: "score" type: "InnerProduct" bottom: "root" top: "score"
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }
"""


def test_a_gradient_that_is_no_number_is_traced_and_its_update_not_done() -> None:
    """The root of 0 is 0, and its slope there infinite."""
    text = (
        f"net_param {{ {LOGARITHM} }} base_lr: 0.1 lr_policy: 'fixed' random_seed: 1 "
        "snapshot_after_train: false"
    )
    monitor = Monitor(lambda _: None, "light")
    solver = Solver(upgrade.parse_solver(text, "s.prototxt"), watchers=[monitor])
    solver.step(3)
    assert solver.iter == 0 and monitor.failed
    (seen,) = [seen for seen in monitor.observations if seen.code == "C2T608"]
    assert seen.layer == "root" and "the gradient is" in seen.evidence
    assert math.isfinite(monitor.history.losses[-1])


def test_the_batch_of_a_logged_iteration_is_seen(tmp_path: Path) -> None:
    tiny.write_database(tmp_path)
    monitor = Monitor(lambda _: None, "full")
    solver = tiny.solver(tiny.write(tmp_path), display=1, debug_info=True)
    solver.watchers.append(monitor)
    solver.step(1)
    (channel,) = monitor.history.inputs
    data = solver.train.seen["data"]
    assert channel.mean == pytest.approx(float(data.mean()), rel=1e-5)
    assert monitor.history.activations[0]


def test_measurements_are_written_down(tmp_path: Path) -> None:
    trained(tmp_path, 0.01, Monitor(lambda _: None, "light", lambda _: tmp_path), 5)
    written = list(events.read(tmp_path / "events.jsonl"))
    assert [event["iteration"] for event in written] == [0, 1, 2, 4]
    assert {one["layer"] for one in written[0]["norms"]} == {"conv", "score"}
    assert written[0]["activations"] and written[0]["norms"][0]["step"] > 0


def test_a_prediction_that_does_not_come_is_taken_back_and_the_run_goes_on(tmp_path: Path) -> None:
    lines: list[str] = []
    expects = {"C2T606": Prediction("C2T201 the signal vanishes", "msra fillers")}
    monitor = Monitor(lines.append, "light", lambda _: tmp_path, expects=expects)
    solver = trained(tmp_path, 0.02, monitor, 200)
    assert solver.iter == 200 and not monitor.observations
    assert len(lines) == 1 and "other than predicted: C2T201" in lines[0]
    refuted = [e for e in events.read(tmp_path / "events.jsonl") if e["event"] == "refuted"]
    assert [event["prediction"] for event in refuted] == ["C2T201 the signal vanishes"]


def test_only_what_was_predicted_or_asked_for_ends_a_run(tmp_path: Path) -> None:
    path = Config(plain(), solver={"base_lr": 1e-8}).write(tmp_path)
    for expects, stop_on, iterations in (
        ({}, (), 170),
        ({}, ("C2T606",), 150),
        ({"C2T606": Prediction("C2T302 too low", "base_lr: 0.01")}, (), 150),
        ({"C2T608": Prediction("C2T301 too high", "base_lr: 0.01")}, (), 170),
    ):
        lines: list[str] = []
        monitor = Monitor(lines.append, "light", stop_on=stop_on, expects=expects)
        solver = Solver(upgrade.read_solver(path), watchers=[monitor])
        solver.step(170)
        assert solver.iter == iterations, (expects, stop_on)
        said = "predicted: C2T302 too low" in "\n".join(lines)
        assert said == ("C2T606" in expects)


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
    assert "C2T608" in result.output and "predicted: C2T301" in result.output
    assert "fix: base_lr" in result.output and "to go on" in result.output
    (snapshot,) = tmp_path.rglob("*.solverstate")
    assert "] iteration" in (log := next(tmp_path.rglob("train.log")).read_text())
    assert "C2T608[nan-or-inf]" in log and "predicted: C2T301" in log
    assert read_solverstate(snapshot).iter < 50
    off = runner.invoke(
        cli, ["train", str(demo / "hot.prototxt"), "--max-iter", "20", "--monitor", "off"]
    )
    assert off.exit_code == 1 and "the loss is nan" in off.output
    strict = runner.invoke(cli, ["train", str(demo / "hot.prototxt"), "--strict"])
    assert strict.exit_code == 2 and "--strict" in strict.output
