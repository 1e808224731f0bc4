"""What is read of a run folder or a log: every file may be missing, cut off or another's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caffe2torch.errors import DataError
from caffe2torch.report.reading import names, read, read_all
from caffe2torch.report.record import verdict
from caffe2torch.train.run_folder import LINT_HEAD

HEAD = "I1129 00:40:01.1 1 solver.cpp:1] "
LOG = f"""\
max_iter: 20
{HEAD}Starting Optimization
{HEAD}Iteration 0, loss = 2.5
{HEAD}Iteration 10, loss = nan
{HEAD}Optimization stopped early.
"""
EVENTS = [
    {"event": "measurement", "iteration": 0, "norms": [{"layer": "ip", "gradient": 1.0}]},
    {"event": "measurement", "iteration": 1, "norms": [{"layer": "ip", "gradient": 2.0}]},
    {"event": "finding", "iteration": 10, "code": "C2T608", "name": "nan-or-inf", "layer": "ip",
     "evidence": "the loss is nan", "advice": "lower base_lr", "fatal": True},
    {"event": "confirmed", "iteration": 10, "prediction": "C2T301 too fast",
     "observation": "C2T608", "fix": "base_lr: 0.1"},
    {"event": "refuted", "iteration": 10, "prediction": "C2T302 too slow", "loss": 1.0},
]  # fmt: skip


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "train.log").write_text(LOG)
    (path / "metrics.csv").write_text("iteration,loss,lr\n0,2.5,0.1\n10,nan,\n")
    (path / "events.jsonl").write_text("\n".join(map(json.dumps, EVENTS)) + '\n{"event": "fin')
    (path / "lint.txt").write_text(f"{LINT_HEAD}\nsolver.prototxt:1:1: error C2T301\n")
    (path / "run.json").write_text(json.dumps({"command": "c2t train s", "seed": 7}))
    (path / "inputs.png").write_bytes(b"\x89PNG")
    return path


def test_a_whole_folder(tmp_path: Path) -> None:
    record = read(folder(tmp_path / "a_run"))
    assert record.name == "a_run" and record.end == "stopped early" and record.failed
    assert record.curves["lr"] == [(0, 0.1)]
    assert verdict(record).startswith("failed at iteration 10")
    (finding,) = record.findings
    assert (finding.code, finding.layer, finding.fatal) == ("C2T608", "ip", True)
    confirmed, refuted = record.notes
    assert "C2T301 too fast. Confirmed: C2T608. Fix: base_lr: 0.1" in confirmed
    assert "C2T302 too slow. Refuted at iteration 10" in refuted
    assert [heat.rows for heat in record.maps] == [{"ip": [1.0, 2.0]}]
    assert record.lint == "solver.prototxt:1:1: error C2T301"
    assert record.facts == {"command": "c2t train s", "seed": "7"}
    assert [picture.title for picture in record.pictures] == ["Input samples"]


def test_without_metrics_and_events_the_log_tells_it(tmp_path: Path) -> None:
    path = folder(tmp_path / "a_run")
    for name in ("metrics.csv", "events.jsonl", "lint.txt", "run.json", "inputs.png"):
        (path / name).unlink()
    record = read(path)
    assert list(record.curves) == ["loss"] and record.findings[0].code == "C2T608"
    assert (record.lint, record.facts, record.pictures, record.maps) == ("", {}, [], [])


@pytest.mark.parametrize("text", ["{", "[1]", ""])
def test_a_damaged_run_json_says_nothing(tmp_path: Path, text: str) -> None:
    path = folder(tmp_path / "a_run")
    (path / "run.json").write_text(text)
    assert read(path).facts == {}


def test_a_run_that_has_just_begun(tmp_path: Path) -> None:
    path = tmp_path / "a_run"
    path.mkdir()
    (path / "train.log").write_text(f"{HEAD}Use CPU.\n")
    assert verdict(read(path)) == "not finished at iteration 0"


def test_other_folders_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no run folder"):
        read(tmp_path)
    (tmp_path / "x").write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="no training log"):
        read(tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")


def test_names_are_as_short_as_they_can_be(tmp_path: Path) -> None:
    assert names([Path("a/x_run"), Path("b/y_run")]) == ["x_run", "y_run"]
    assert names([Path("a/x_run"), Path("b/x_run")]) == ["a/x_run", "b/x_run"]
    assert len(names([Path("a"), Path("a")])) == 2
    paths = [folder(tmp_path / "a" / "run"), folder(tmp_path / "b" / "run")]
    assert [record.name for record in read_all(paths)] == ["a/run", "b/run"]
