"""Everything that real Caffe computed for these cases, computed again."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools.check_golden import names
from tools.golden.outcome import Outcome

README = (ROOT / "README.md").read_text(encoding="utf-8")


LONG = {"solvers"}


@pytest.mark.parametrize(
    "part",
    [pytest.param(name, marks=pytest.mark.long if name in LONG else ()) for name in names()],
)
def test_every_case_of_real_caffe(part: str, golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = golden / part
    monkeypatch.chdir(folder)
    outcomes = list(import_module(f"tools.golden.{part}").check(folder))
    skipped = {outcome.skipped for outcome in outcomes if outcome.skipped}
    for reason in skipped:
        sys.stderr.write(f"{part}: some cases skipped: {reason}\n")
    assert len(outcomes) > 20
    misses = [f"{o.name}: {o.problems[0]}" for o in outcomes if o.problems]
    assert not misses, "\n".join(misses)
    assert f"| `{part}` | {len(outcomes)} |" in README


@pytest.mark.long
@pytest.mark.parametrize("part", ["layers", "nets"])
def test_every_number_holds_where_blobs_lie_in_memory_as_nhwc(
    part: str, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(golden / part)
    outcomes = list(import_module(f"tools.golden.{part}").check(golden / part, "nhwc"))
    assert len(outcomes) > 20
    misses = [f"{o.name}: {o.problems[0]}" for o in outcomes if o.problems]
    assert not misses, "\n".join(misses)


def test_a_wrong_number_is_a_miss() -> None:
    import numpy as np

    outcome = Outcome("case")
    outcome.compare("x", np.float32([1.0, 2.0]), np.float32([1.0, 2.0003]))
    assert len(outcome.problems) == 1
    outcome = Outcome("case")
    outcome.compare("x", np.float32([1.0, np.nan]), np.float32([1.00005, np.nan]))
    assert not outcome.problems
