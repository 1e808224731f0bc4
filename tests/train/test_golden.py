"""Every recorded run, resume, snapshot and log of real Caffe, within the bounds of its README."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.golden import solvers
from tools.golden_logs import check_log

GOLDEN = Path(__file__).parents[1] / "golden" / "solvers"
INDEX = json.loads((GOLDEN / "index.json").read_text())


@pytest.fixture(autouse=True)
def in_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)


@pytest.mark.parametrize("case", INDEX["cases"], ids=lambda case: case["name"])
def test_runs(case: dict) -> None:
    for outcome in solvers._case(GOLDEN, case):
        assert not outcome.problems, outcome.name


@pytest.mark.parametrize("log", INDEX["logs"], ids=lambda log: log["log"])
def test_logs(log: dict) -> None:
    assert not check_log(GOLDEN, log).problems
