"""A probe names the cause of configs that do not learn, and leaves the others alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.health.probe.examination import Examination, examine
from caffe2torch.health.probe.text import lines
from caffe2torch.health.probe.trial import Case
from caffe2torch.health.probe.verdict import judge
from caffe2torch.module.options import Options
from tools.health.config import Config, deep, plain
from tools.health.faults import PROBED, Fault
from tools.health.healthy import HEALTHY

pytestmark = pytest.mark.long


def probed(config: Config, folder: Path) -> Examination:
    return examine(Case(str(config.write(folder))), 20, Options(), folder / "out")


@pytest.mark.parametrize("fault", PROBED[3:5], ids=lambda fault: f"{fault.code} {fault.name}")
def test_a_fault_is_seen(fault: Fault, tmp_path: Path) -> None:
    done = probed(fault.config, tmp_path)
    assert fault.code in {seen.code for seen in done.observations}
    assert judge(done).causes


@pytest.mark.parametrize("name", ["dropout", "raw pixels", "slow"])
def test_a_net_that_learns_has_no_cause(name: str, tmp_path: Path) -> None:
    done = probed(HEALTHY[name], tmp_path)
    verdict = judge(done)
    assert verdict.causes == () and verdict.head == "it learns"
    assert done.one is not None and done.one.learned
    assert (tmp_path / "out" / "inputs.png").read_bytes().startswith(b"\x89PNG")


def test_the_cause_is_what_the_fix_that_trains_has_changed(tmp_path: Path) -> None:
    done = probed(Config(deep(8, 'type: "gaussian" std: 1e-4')), tmp_path)
    verdict = judge(done)
    assert "C2T207" in verdict.causes
    assert verdict.remedy.startswith("c2t lint --fix --unsafe-fixes")
    assert done.winner is not None and done.winner[1].end < 0.95 * done.history.chance
    assert not done.configured.learned


def test_what_is_tried_changes_no_file(tmp_path: Path) -> None:
    path = Config(plain(), solver={"base_lr": 50.0}).write(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.glob("*.prototxt")}
    examine(Case(str(path)), 5, Options())
    assert {file: file.read_bytes() for file in tmp_path.glob("*.prototxt")} == before
    assert not list(tmp_path.glob("*.caffemodel"))


def test_a_command_shows_the_verdict_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Config(plain(), solver={"base_lr": 1e6}).write(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["probe", "solver.prototxt", "--seconds", "10"])
    assert result.exit_code == 1, result.output
    first, *rest = result.output.splitlines()
    assert first.startswith("does not learn: C2T301")
    assert all(len(line) <= 80 for line in rest)
    record = json.loads((tmp_path / "solver_probe" / "probe.json").read_text())
    assert record["verdict"]["causes"][0] == "C2T301"
    assert record["inputs"][0]["high"] <= 1.0


def test_a_healthy_config_ends_with_0(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Config(plain()).write(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["probe", "solver.prototxt", "-o", "seen"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "seen" / "inputs.png").is_file()


@pytest.mark.parametrize("content", [None, "", "net: ", 'net: "none.prototxt" base_lr: 0.1'])
def test_what_cannot_be_read_ends_with_2(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("solver.prototxt").write_text(content)
    result = CliRunner().invoke(cli, ["probe", "solver.prototxt"])
    assert result.exit_code == 2 and "Traceback" not in result.output


def test_too_little_time_is_no_cause(tmp_path: Path) -> None:
    path = Config(plain()).write(tmp_path)
    done = examine(Case(str(path)), 0.001, Options())
    verdict = judge(done)
    assert verdict.causes == () and verdict.head.startswith("no cause found")
    assert list(lines(done, verdict))
