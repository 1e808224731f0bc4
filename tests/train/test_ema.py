"""The moving average of the weights: its arithmetic, its tests, and its way through a snapshot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from caffe2torch.module.extras import Extras
from caffe2torch.module.options import Options
from caffe2torch.train.ema import Ema
from caffe2torch.train.watch import ScoreRecord, Watcher
from caffe2torch.weights import read_weights
from tests.train import tiny


def averaged(ema: Ema, values: list[float]) -> float:
    net = nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(values[0])
    ema.begin(net)
    for value in values[1:]:
        net.weight.data.fill_(value)
        ema.update(net)
    with ema.applied(net):
        inside = net.weight.item()
    assert net.weight.item() == pytest.approx(values[-1])
    return inside


def test_the_average_by_hand() -> None:
    assert averaged(Ema(0.5, warmup=False), [1.0, 2.0, 4.0]) == pytest.approx(2.75)
    ramp = 2 / 11 * 1.0 + 9 / 11 * 2.0  # decay (1 + 1) / (10 + 1) after the first update
    assert averaged(Ema(0.5), [1.0, 2.0]) == pytest.approx(ramp)
    assert averaged(Ema(0.99), [3.0]) == 3.0


class Records(Watcher):
    def __init__(self) -> None:
        self.tests: list[ScoreRecord] = []

    def on_test(self, record: ScoreRecord) -> None:
        self.tests.append(record)


def extended(path: Path, records: Records, **extras: object) -> tiny.Solver:
    options = Options(extras=Extras(**extras))  # type: ignore[arg-type]
    return tiny.solver(path, options=options, watchers=[records])


def test_both_are_tested_on_the_same_batches(tmp_path: Path) -> None:
    records = Records()
    running = extended(tiny.write(tmp_path), records, ema=0.999)
    running.step(11)
    raw, average, *later = records.tests
    assert (raw.averaged, average.averaged) == (False, True)
    assert raw.scores == average.scores  # before the first update they are the same
    assert [record.iter for record in later] == [10, 10]
    assert later[0].scores != later[1].scores
    running.close()


def test_the_training_is_the_same_with_an_average(tmp_path: Path) -> None:
    weights = []
    for ema in (0.0, 0.9):
        running = extended(tiny.write(tmp_path), Records(), ema=ema)
        running.step(12)
        weights.append(tiny.weights(running))
        running.close()
    tiny.assert_same(*weights)


EXTRAS = {
    "ema": 0.9, "warmup_iters": 15, "lr_policy": "cosine", "label_smoothing": 0.1,
    "shuffle": True, "augment": "pad=1,rotate=5",
}  # fmt: skip


def test_a_run_with_all_extras_goes_on_bit_by_bit(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    whole, records = extended(path, Records(), **EXTRAS), Records()
    whole.step(10)
    whole.snapshot()
    whole.step(10)
    resumed = extended(path, records, **EXTRAS)
    resumed.restore(str(tmp_path / "snap_iter_10.solverstate"))
    resumed.step(10)
    tiny.assert_same(tiny.weights(whole), tiny.weights(resumed))
    assert whole.state.ema is not None and resumed.state.ema is not None
    for name, value in whole.state.ema.average.items():
        assert torch.equal(value, resumed.state.ema.average[name])
    assert not resumed.watchers.notes
    for running in (whole, resumed):
        running.close()


def test_a_snapshot_has_the_averaged_weights_beside_the_others(tmp_path: Path) -> None:
    running = extended(tiny.write(tmp_path), Records(), ema=0.9)
    running.step(10)
    assert running.state.ema is not None
    average = running.state.ema.average["score.weight"].numpy()
    written = read_weights(str(tmp_path / "snap_iter_10.ema.caffemodel"))
    assert np.array_equal(np.asarray(written["score"][0]).reshape(average.shape), average)
    raw = np.asarray(read_weights(str(tmp_path / "snap_iter_10.caffemodel"))["score"][0])
    assert not np.array_equal(raw.reshape(average.shape), average)
    running.close()


def test_another_extra_than_in_the_snapshot_is_told(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    first = extended(path, Records(), ema=0.9)
    first.step(10)
    first.close()
    second = extended(path, Records())
    second.restore(str(tmp_path / "snap_iter_10.solverstate"))
    assert any("other options" in note and "'ema': 0.9" in note for note in second.watchers.notes)
    second.close()
