"""The verdict of a run in a sentence."""

from __future__ import annotations

import math

from caffe2torch.health.observation import Observation
from caffe2torch.report.record import Record, verdict


def test_a_run_that_was_finished() -> None:
    curves = {"loss": [(0, 2.5), (90, 0.25)], "test0 accuracy": [(0, 0.1), (50, 0.9), (100, 0.8)]}
    record = Record("a", curves, max_iter=100, end="Done")
    assert verdict(record) == (
        "finished at iteration 100 of 100; loss 2.5 at first, 0.25 at last; "
        "test0 accuracy 0.8 at last, largest 0.9 at 50"
    )


def test_a_run_that_failed_and_one_without_an_end() -> None:
    fatal = Observation("C2T608", "nan-or-inf", 5, "the loss is nan", "lower base_lr", fatal=True)
    record = Record("a", {"loss": [(5, math.nan)]}, [fatal], end="Done")
    assert record.failed and verdict(record).startswith("failed at iteration 5; loss nan at first")
    assert verdict(Record("b")) == "not finished at iteration 0"
    assert verdict(Record("c", end="stopped early")).startswith("stopped at")


def test_scores_that_are_no_numbers() -> None:
    record = Record("a", {"test0 map": [(0, math.nan)], "test0 loss": [(0, 1.0)]})
    assert verdict(record) == "not finished at iteration 0; test0 map is no number"
