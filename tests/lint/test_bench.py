"""The fault benchmark on its smallest net; `tools/lint_bench.py` runs all six."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from caffe2torch.lint import engine, rules
from caffe2torch.lint.finding import Finding
from tests.lint.bench import healthy, make, originals
from tests.lint.bench.config import Config
from tests.lint.bench.faults import ALL, Unfit
from tests.lint.bench.forms import FORMS
from tools import lint_bench


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> lint_bench.Result:
    folder = tmp_path_factory.mktemp("bench")
    make.write(folder, ("lenet",))
    return lint_bench.run(folder)


@pytest.mark.long
def test_faults_are_detected(result: lint_bench.Result) -> None:
    missed = [line for line in result.misses if "MISSED" in line]
    assert result.total.cases > 200
    assert result.total.detected >= lint_bench.DETECTED * result.total.cases, missed


@pytest.mark.long
def test_the_cause_comes_first(result: lint_bench.Result) -> None:
    assert result.total.first >= lint_bench.FIRST * result.total.cases, result.misses


@pytest.mark.long
def test_the_healthy_config_is_left_alone(result: lint_bench.Result) -> None:
    assert result.healthy == 1
    assert not result.wrong


GUESSED = {"squeezenet": {"C2T201"}, "siamese": {"C2T104"}}
"""SqueezeNet's first signal is a faint one; the digits of the pairs are darker than photographs."""


def lint(folder: Path, monkeypatch: pytest.MonkeyPatch, config: Config) -> list[Finding]:
    make.write_case(folder / "case", config, None)
    monkeypatch.chdir(folder / "case")
    weights = config.argv[1] if config.argv else ""
    return engine.lint_file("solver.prototxt", weights=weights)


@pytest.mark.parametrize("config", [m() for m in originals.ALL], ids=lambda c: c.name)
def test_what_people_train_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config
) -> None:
    """No error, and beside that its data is not here a warning only where data are guessed."""
    found = [f for f in lint(tmp_path, monkeypatch, config) if f.code != "C2T111"]
    assert not [f.text for f in found if f.severity == "error"]
    warned = {f.code for f in found if f.severity == "warning"}
    assert warned <= GUESSED.get(config.name, set()), [f.text for f in found]


@pytest.mark.parametrize("config", [m() for m in healthy.ALL[:3]], ids=lambda c: c.name)
@pytest.mark.parametrize("form", ["away", "two_files", "stages", "legacy"])
def test_healthy_in_another_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config, form: str
) -> None:
    found = lint(tmp_path, monkeypatch, FORMS[form](config))
    assert {f.code for f in found if f.severity != "info"} == {"C2T111"}, [f.text for f in found]


def test_every_rule_has_a_case_and_every_fault_a_net() -> None:
    seeded = {fault.name: fault.code for _, fault in make.cases() if fault is not None}
    assert not {rule.code for rule in rules.every()} - set(seeded.values())
    assert not {fault.name for fault in ALL} - set(seeded)


@pytest.mark.parametrize("make_config", healthy.ALL)
def test_most_rules_are_seeded_into_every_net(make_config: Callable[[], Config]) -> None:
    """What cannot be seeded needs BatchNorm, Dropout, colour or a small net."""
    config, seeded = make_config(), set()
    for fault in ALL:
        with suppress(Unfit):
            assert fault.seed(config) != config, fault.name
            seeded.add(fault.code)
    assert len(seeded) > 0.8 * len({fault.code for fault in ALL})


def test_a_case_is_judged(tmp_path: Path) -> None:
    into = lint_bench.Result()
    case = {"healthy": False, "cause": "C2T203", "accept": ["C2T204"]}
    found = [{"code": "C2T201", "severity": "error"}, {"code": "C2T204", "severity": "error"}]
    lint_bench.judge("a", case, found, into)
    assert (into.total.cases, into.total.detected, into.total.first) == (1, 1, 0)
    lint_bench.judge("b", {"healthy": True}, [{"code": "C2T111", "severity": "warning"}] * 2, into)
    assert into.wrong
    assert lint_bench.report(into, listed=False) == 1
