"""The smoothed loss, against its definition."""

from __future__ import annotations

import pytest

from caffe2torch.train.state import Average


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
