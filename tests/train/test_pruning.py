"""Which snapshots stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caffe2torch.errors import SolverError
from caffe2torch.train.metrics import Metrics
from caffe2torch.train.pruning import Pruner, best_of
from caffe2torch.train.snapshot_files import listed
from caffe2torch.train.watch import Score, ScoreRecord
from tests.train import tiny


def left(folder: Path) -> list[int]:
    return sorted(n for n, _ in listed(str(folder / "snap")))


@pytest.mark.parametrize(
    ("scores", "name", "best"),
    [
        ({10: 0.5, 20: 0.9, 30: 0.7}, "accuracy", [20]),
        ({10: 0.5, 20: 0.9, 30: 0.7}, "test1 loss", [10]),
        ({10: 0.5, 20: 0.5}, "accuracy", [10]),
        ({10: float("nan"), 20: 0.1}, "accuracy", [20]),
        ({10: float("nan")}, "loss", []),
        ({}, "accuracy", []),
    ],
)
def test_the_best(scores: dict[int, float], name: str, best: list[int]) -> None:
    assert best_of(scores, name) == best


def test_the_last_ones_stay(tmp_path: Path) -> None:
    pruner = Pruner(2, "", tmp_path / "m.csv")
    solver = tiny.solver(tiny.write(tmp_path), snapshot=5, watchers=[pruner])
    solver.solve()
    solver.close()
    assert left(tmp_path) == [25, 30]


def scored(folder: Path, accuracies: list[float], last: int = 1) -> list[int]:
    """Take snapshots at 1, 2, ... and test each; return which are left."""
    pruner = Pruner(last, "accuracy", folder / "m.csv")
    solver = tiny.solver(tiny.write(folder), test_interval=100, snapshot=0, watchers=[pruner])
    for i, accuracy in enumerate(accuracies, 1):
        solver.step(1)
        solver.snapshot()
        pruner.on_test(ScoreRecord(i, 0, [Score("accuracy", accuracy), Score("loss", 1.0)]))
    solver.close()
    return left(folder)


@pytest.mark.parametrize(
    ("accuracies", "stay"),
    [([0.1, 0.2, 0.3], [3]), ([0.1, 0.9, 0.3, 0.5], [2, 4]), ([0.9, 0.1, 0.2], [1, 3])],
)
def test_the_best_stays_with_the_newest(
    tmp_path: Path, accuracies: list[float], stay: list[int]
) -> None:
    assert scored(tmp_path, accuracies) == stay


def test_nothing_is_removed_while_the_newest_is_damaged(tmp_path: Path) -> None:
    pruner = Pruner(1, "", tmp_path / "m.csv")
    solver = tiny.solver(tiny.write(tmp_path), snapshot=0)
    for _ in range(3):
        solver.step(1)
        solver.snapshot()
    os.truncate(tmp_path / "snap_iter_3.caffemodel", 400)
    pruner.on_start(solver.state)
    pruner.on_snapshot("")
    assert left(tmp_path) == [1, 2, 3]
    solver.snapshot()
    pruner.on_snapshot("")
    solver.close()
    assert left(tmp_path) == [3]


def test_what_others_have_written_and_what_is_newer_stays(tmp_path: Path) -> None:
    solver = tiny.solver(tiny.write(tmp_path), snapshot=0)
    for _ in range(4):
        solver.step(1)
        solver.snapshot()
    (tmp_path / "snap_iter_1.c2tstate").unlink()  # as Caffe would have written it
    solver.iter = 3
    pruner = Pruner(1, "", tmp_path / "m.csv")
    pruner.on_start(solver.state)
    pruner.on_snapshot("")
    solver.close()
    assert left(tmp_path) == [1, 3, 4]


def test_the_scores_before_a_resume_count(tmp_path: Path) -> None:
    solver = tiny.solver(tiny.write(tmp_path), snapshot=0)
    metrics = Metrics(tmp_path / "m.csv")
    metrics.on_start(solver.state)
    for i, accuracy in enumerate((0.1, 0.9), 1):
        solver.step(1)
        solver.snapshot()
        metrics.on_test(ScoreRecord(i, 0, [Score("accuracy", accuracy)]))
    metrics.on_end()
    solver.step(2)
    solver.snapshot()
    pruner = Pruner(1, "test0 accuracy", tmp_path / "m.csv")
    pruner.on_start(solver.state)
    pruner.on_snapshot("")
    solver.close()
    assert left(tmp_path) == [2, 4]


def test_an_unknown_score_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    pruner = Pruner(0, "acuracy", tmp_path / "m.csv")
    solver = tiny.solver(tiny.write(tmp_path), watchers=[pruner])
    with pytest.raises(SolverError, match="known: test0 accuracy, test0 loss, accuracy, loss"):
        solver.step(1)
    solver.close()
