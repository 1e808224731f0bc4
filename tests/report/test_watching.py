"""A run as the terminal shows it."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from rich.console import Console

from caffe2torch.errors import DataError
from caffe2torch.health.observation import Observation
from caffe2torch.lock import locked
from caffe2torch.report.record import Record
from caffe2torch.report.watching import BARS, headline, seconds_left, spark, view, watch

CURVES = {
    "loss": [(0, 2.0), (10, 1.0)],
    "lr": [(0, 0.1)],
    "images_per_second": [(10, 30.0)],
    "test0 accuracy": [(0, 0.1), (10, 0.75)],
}


def test_the_headline() -> None:
    record = Record("a_run", CURVES, facts={"images per iteration": "6"}, max_iter=100)
    assert headline(record, True) == (
        "a_run: at work, iteration 10/100  loss 1  lr 0.1  30 images/s  0:18 left"
    )
    record.end = "Done"
    assert headline(record, False) == (
        "a_run: finished, iteration 10/100  loss 1  lr 0.1  30 images/s"
    )
    assert headline(Record("b"), False) == "b: ended, iteration 0"


@pytest.mark.parametrize(("images", "speed"), [("", 30.0), ("x", 30.0), ("6", 0.0)])
def test_an_unknown_time_is_not_told(images: str, speed: float) -> None:
    record = Record("a", CURVES, facts={"images per iteration": images}, max_iter=100)
    assert seconds_left(record, speed) == 0


def test_bars_go_from_the_smallest_to_the_largest_value() -> None:
    assert spark([(0, 1.0), (1, math.nan), (2, 8.0)]) == f"{BARS[0]}!{BARS[-1]}"
    assert spark([(0, 1.0), (1, 1.0)]) == BARS[0] * 2
    assert spark([]) == spark([(0, math.nan)]) == ""
    assert len(spark([(i, float(i)) for i in range(1000)])) == 60


def test_what_is_drawn() -> None:
    seen = Observation("C2T608", "nan-or-inf", 10, "the loss is nan", "lower base_lr", fatal=True)
    console = Console(file=io.StringIO(), width=80)
    console.print(view(Record("\x1b]0;x\x07a", CURVES, [seen], max_iter=100), True))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in text and "C2T608[nan-or-inf] the loss is nan" in text
    assert f"{BARS[-1]}{BARS[0]}" in [line.strip() for line in text.splitlines()]
    assert "test0 accuracy" in text and "0.75" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_run_is_watched_until_its_lock_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("iteration,loss\n0,2\n")
    states, naps = [], []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        (tmp_path / "metrics.csv").write_text("iteration,loss\n0,2\n10,1\n")
        lock.__exit__(None, None, None)

    lock = locked(tmp_path / ".lock", "the run", "")
    lock.__enter__()
    record = watch(tmp_path, lambda r, w: states.append((r.iteration, w)), 0.5, nap)
    assert states == [(0, True), (10, False)] and naps == [0.5]
    assert record.iteration == 10


def test_no_run_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no run folder"):
        watch(tmp_path, lambda *_: None, 0.5)
