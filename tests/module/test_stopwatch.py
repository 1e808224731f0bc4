"""The fastest run counts, and slow things run once."""

from __future__ import annotations

import time

import pytest

from caffe2torch.module import stopwatch
from caffe2torch.module.stopwatch import fastest


@pytest.mark.parametrize(
    ("enough", "ran", "best"), [(float("inf"), 3, 1.0), (7.0, 2, 2.0), (0.0, 1, 5.0)]
)
def test_runs_end_when_they_took_enough(
    monkeypatch: pytest.MonkeyPatch, enough: float, ran: int, best: float
) -> None:
    clock = iter([0.0, 5.0, 10.0, 12.0, 20.0, 21.0])
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: next(clock))
    calls: list[int] = []
    assert fastest(lambda: calls.append(1), 3, enough) == best
    assert len(calls) == ran


def test_seconds_are_real() -> None:
    assert 0.01 <= fastest(lambda: time.sleep(0.01), 2) < 1
