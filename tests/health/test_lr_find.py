"""A range test suggests rates that train, and leaves the run where it was."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.format import upgrade
from caffe2torch.health import lr_find
from caffe2torch.health.lr_find import RateTest, Sweep
from caffe2torch.train.solver import Solver
from tools.health.config import Config, deep, plain
from tools.health.healthy import HEALTHY
from tools.health.running import watched


def opened(config: Config, folder: Path) -> Solver:
    return Solver(upgrade.read_solver(config.write(folder)))


def test_rates_grow_by_one_factor() -> None:
    rates = [Sweep(0.001, high=1.0, count=4, first=10).rate(i) for i in (10, 11, 12, 13)]
    assert rates == pytest.approx([0.001, 0.01, 0.1, 1.0])


def test_the_first_of_the_lowest_losses_counts() -> None:
    test = RateTest(rates=[0.1, 0.2, 0.4, 0.8], smoothed=[3.0, 2.0, 1.01, 1.0])
    assert test.suggestion == pytest.approx(0.04)
    assert RateTest(rates=[0.1, 0.2], smoothed=[2.3, 2.29]).suggestion is None


def test_a_constant_loss_is_smoothed_to_itself_and_infinity_ends_the_test() -> None:
    test = RateTest()
    for _ in range(5):
        lr_find.take_in(test, 0.1, 2.5)
    assert test.smoothed == pytest.approx([2.5] * 5) and not lr_find.is_over(test)
    lr_find.take_in(test, 0.1, math.nan)
    assert lr_find.is_over(test)


@pytest.mark.long
@pytest.mark.parametrize("name", ["two convolutions", "raw pixels, mean 72", "Adam", "one layer"])
def test_what_is_suggested_trains(name: str, tmp_path: Path) -> None:
    config = replace(HEALTHY[name], solver={**HEALTHY[name].solver, "base_lr": 0.3})
    running = opened(config, tmp_path / "a")
    rate = lr_find.find(running, 150).suggestion
    running.close()
    assert rate is not None
    solver = {**config.solver, "base_lr": rate}
    losses = watched(replace(config, solver=solver).write(tmp_path / "b")).history.losses
    assert sum(losses[-20:]) / 20 < 0.8 * math.log(10)


def test_nothing_is_suggested_for_a_net_that_cannot_learn(tmp_path: Path) -> None:
    running = opened(Config(deep(8, 'type: "gaussian" std: 1e-4')), tmp_path)
    assert lr_find.find(running, 60).suggestion is None
    running.close()


def test_the_run_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    config = HEALTHY["dropout"]
    weights = []
    for name, tested in (("a", False), ("b", True)):
        running = opened(config, tmp_path / name)
        running.step(7)
        if tested:
            lr_find.find(running, 30)
        assert running.iter == 7 and running.param.base_lr == pytest.approx(0.02)
        running.step(7)
        weights.append({n: v.detach().clone() for n, v in running.net.state_dict().items()})
        running.close()
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name]), name


def test_apply_changes_the_rate_and_keeps_the_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Config(plain()).write(tmp_path)
    text = path.read_text().replace("base_lr: 0.02", "base_lr: 0.5  # far too high")
    path.write_text(text)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["lr-find", "solver.prototxt", "--apply"])
    assert result.exit_code == 0, result.output
    rate = result.output.splitlines()[0].removeprefix("suggestion: base_lr ")
    assert path.read_text() == text.replace("base_lr: 0.5 ", f"base_lr: {rate} ")
    assert (tmp_path / "solver_lr.png").read_bytes().startswith(b"\x89PNG")
    assert all(len(line) <= 80 for line in result.output.splitlines())


def test_a_net_that_cannot_learn_ends_with_1_and_keeps_its_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Config(deep(8, 'type: "gaussian" std: 1e-4')).write(tmp_path)
    text = path.read_text()
    monkeypatch.chdir(tmp_path)
    words = ["lr-find", "solver.prototxt", "--iterations", "30", "--apply"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 1 and "c2t probe" in result.output
    assert path.read_text() == text


def test_the_commands_of_the_page(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (root / "docs" / "lr-find.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    for line in block.splitlines():
        result = CliRunner().invoke(cli, line.split()[1:])
        assert result.exit_code == 0, result.output
    assert Path("digits/solver_lr.png").is_file() and Path("digits/rates.png").is_file()
