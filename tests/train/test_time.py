"""The times of layers: sums and shares by hand, and marks in order."""

from __future__ import annotations

import time

import pytest
import torch

from caffe2torch.train.time import LayerTime, Stopwatch, Times, TimeTap, table


def test_the_table_has_means_shares_and_speed() -> None:
    layers = [
        LayerTime("data", "Data", 1.0, 0.0),
        LayerTime("data_split", "Split", 9.0, 9.0),
        LayerTime("conv", "Convolution", 10.0, 5.0),
    ]
    times = Times(layers, forward=80.0, backward=56.0, total=140.0, images=7, iterations=4)
    assert times.images_per_second == 7 * 1000 / (140 / 4)
    lines = table(times)
    assert lines == [
        "layer       type                forward        backward",
        "data        Data            1.000 ms   5%    0.000 ms   0%",
        "conv        Convolution    10.000 ms  50%    5.000 ms  36%",
        "forward 20.000 ms, backward 14.000 ms, together 35.000 ms a batch of 7: "
        "200.0 images/s over 4 batches",
    ]


def test_a_stopwatch_measures_milliseconds() -> None:
    watch = Stopwatch(torch.device("cpu"))
    start = watch.mark()
    time.sleep(0.02)
    assert 20 <= watch.between(start, watch.mark()) < 2000
    assert watch.between(1.0, 1.5) == 500


def test_a_tap_marks_forward_and_the_last_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch(torch.device("cpu"))
    clock = iter(map(float, range(100)))
    monkeypatch.setattr(watch, "mark", lambda: next(clock))
    tap = TimeTap(watch)
    x = torch.ones(2, requires_grad=True)
    tap.begin(0)  # 0
    y = x * 2
    tap.top(0, (y,))  # 1
    y.sum().backward()  # 2: the gradient of the top
    tap.bottom_grad(0, 0, x)  # 3
    tap.end(0)  # 4: that of a parameter, later
    assert (tap.begun[0], tap.ended[0], tap.back_begun[0], tap.back_ended[0]) == (0, 1, 2, 4)
