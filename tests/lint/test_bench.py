"""The fault benchmark on its two small nets; `tools/lint_bench.py` runs all six."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.bench import make
from tools import lint_bench


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> lint_bench.Result:
    folder = tmp_path_factory.mktemp("bench")
    make.write(folder, ("lenet", "cifar_quick"))
    return lint_bench.run(folder)


def test_faults_are_detected(result: lint_bench.Result) -> None:
    missed = [line for line in result.misses if "MISSED" in line]
    assert result.total.cases > 150
    assert result.total.detected >= lint_bench.DETECTED * result.total.cases, missed


def test_the_cause_comes_first(result: lint_bench.Result) -> None:
    assert result.total.first >= lint_bench.FIRST * result.total.cases, result.misses


def test_healthy_configs_are_left_alone(result: lint_bench.Result) -> None:
    assert result.healthy == 2
    assert not result.wrong


def test_every_rule_has_a_case() -> None:
    """Named here: faults of the data itself, and what healthy deep nets are told, too."""
    from caffe2torch.lint import rules
    from tests.lint.bench.faults import ALL

    elsewhere = {"C2T104", "C2T113", "C2T114", "C2T115", "C2T415"}
    seeded = {fault.code for fault in ALL}
    assert {rule.code for rule in rules.every()} - seeded <= elsewhere


def test_a_case_is_judged(tmp_path: Path) -> None:
    into = lint_bench.Result()
    case = {"healthy": False, "cause": "C2T203", "accept": ["C2T204"]}
    found = [{"code": "C2T201", "severity": "error"}, {"code": "C2T204", "severity": "error"}]
    lint_bench.judge("a", case, found, into)
    assert (into.total.cases, into.total.detected, into.total.first) == (1, 1, 0)
    lint_bench.judge("b", {"healthy": True}, [{"code": "C2T111", "severity": "warning"}] * 2, into)
    assert into.wrong
    assert lint_bench.report(into, listed=False) == 1
