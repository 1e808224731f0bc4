"""Real runs of the lint benchmark: a case is trained, repaired and judged; shares are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import bench_runs
from tools.bench_runs import Outcome, Row
from tools.health.config import Config, plain


def row(ended: str, lint: str = "C2T301", fixed: str = "", **more: list[str]) -> Row:
    after = Outcome(fixed) if fixed else None
    return Row("case", "C2T301", ["C2T202"], lint.split(), Outcome(ended), fixed=after, **more)


@pytest.mark.parametrize(
    ("one", "detected", "named", "repaired"),
    [
        (row("fails", fixed="works"), True, True, True),
        (row("fails", "C2T101 C2T202", fixed="fails"), True, False, False),
        (row("works", ""), False, False, False),
        (row("fails", "", probe=["C2T301"]), True, True, False),
        (row("refused", ""), True, False, False),
    ],
)
def test_a_case_is_judged(one: Row, detected: bool, named: bool, repaired: bool) -> None:
    assert (one.detected, one.named, one.repaired) == (detected, named, repaired)


def test_shares_are_counted_and_misses_named(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row("works"), row("refused", fixed="works"), row("fails", fixed="works"), row("fails")]
    assert bench_runs.report(rows) == 1
    text = capsys.readouterr().out
    assert "detected: 4/4 = 100.0%" in text and "repaired: 1/2 = 50.0% (bar 95%)" in text
    assert "1 of 4 work all the same; 1 are refused" in text and "1 of which work" in text
    assert bench_runs.report(rows[:3]) == 0


@pytest.mark.long
def test_a_case_is_trained_repaired_and_kept(tmp_path: Path) -> None:
    """A rate of 0 learns nothing; the lint names it, and its fix trains."""
    folder = tmp_path / "lenet-c2t302"
    Config(plain(), solver={"base_lr": 0}).write(folder)
    (tmp_path / "data").mkdir()
    expect = {"cause": "C2T302", "accept": [], "argv": [], "healthy": False}
    (folder / "expect.json").write_text(json.dumps(expect))
    one = bench_runs.examined(folder)
    assert (one.written.ended, one.lint[0]) == ("fails", "C2T302")
    assert one.fixed is not None and one.fixed.ended == "works"
    assert one.fixed.accuracy is not None and one.fixed.accuracy > 0.6
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tmp")] == []
    bench_runs.save(tmp_path / "r.json", [one])
    assert bench_runs.read(tmp_path / "r.json") == [one]


def test_what_caffe_refuses_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    Config(plain().replace('bottom: "pool1"', 'bottom: "nothing"')).write(folder)
    with bench_runs.inside(folder):
        outcome = bench_runs.train({}, "")
    assert outcome.ended == "refused" and "nothing" in outcome.message
