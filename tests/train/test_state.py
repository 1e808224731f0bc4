"""The state of a run: the smoothed loss against its definition, and what is due when."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.train.distributed import Ranks
from caffe2torch.train.state import Average
from tests.train import tiny


def test_a_window_of_one_shows_the_loss_itself() -> None:
    average = Average(1)
    for loss in (3.0, 1.0, 2.0):
        average.add(loss)
        assert average.smoothed == loss


def test_it_is_the_mean_of_the_last_losses() -> None:
    average, losses = Average(3), [5.0, 1.0, 3.0, 8.0, -2.0, 0.5, 7.0]
    for i, loss in enumerate(losses):
        average.add(loss)
        window = losses[max(0, i - 2) : i + 1]
        assert average.smoothed == pytest.approx(sum(window) / len(window), abs=1e-6)
    assert sorted(average.losses) == sorted(losses[-3:])


@pytest.mark.parametrize(
    ("iteration", "interval", "due"), [(0, 5, True), (4, 5, False), (10, 5, True), (10, 0, False)]
)
def test_due(tmp_path: Path, iteration: int, interval: int, due: bool) -> None:
    state = tiny.line(tmp_path, "base_lr: 1").state
    state.iter = iteration
    assert state.due(interval) is due


def test_losses_are_averaged_over_the_processes_in_order(tmp_path: Path) -> None:
    class Two(Ranks):
        def means(self, values: list[float]) -> list[float]:
            return [(value + 10) / 2 for value in values]  # the other process always has 10

    state = tiny.line(tmp_path, "base_lr: 1 average_loss: 2").state
    state.ranks = Two()
    state.losses += [torch.tensor(2.0), torch.tensor(4.0), torch.tensor(6.0)]
    assert state.read_losses() == (7 + 8) / 2
    assert state.losses == []
    assert state.average.seen == 3


def test_the_images_of_an_iteration(tmp_path: Path) -> None:
    solver = tiny.solver(tiny.write(tmp_path), iter_size=3)
    assert solver.state.images == 6 * 3
    solver.close()
