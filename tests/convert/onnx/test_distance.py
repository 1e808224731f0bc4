"""Differences are shares of the largest value, of detections in whatever order they come."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.convert.onnx.distance import distance, matched


def test_distance_is_a_share_of_the_largest_value() -> None:
    a = np.array([0.5, -0.001], np.float32)
    assert distance(a, a) == 0
    assert distance(a + np.float32(0.0005), a) == pytest.approx(0.001, rel=1e-3)
    assert distance(a[:1], a) == np.inf
    assert distance(np.array([0.5, np.nan], np.float32), a) == np.inf
    nan = np.array([np.nan, 1], np.float32)
    assert distance(nan, nan) == 0
    assert distance(np.zeros(3), np.zeros(3)) == 0


def test_detections_match_in_any_order_but_not_with_other_values() -> None:
    rows = np.arange(21, dtype=np.float32).reshape(3, 7)
    turned = rows[[2, 0, 1]] + np.float32(1e-6)
    assert distance(matched(turned, rows), rows) < 1e-6
    turned[1, 3] += 1
    assert distance(matched(turned, rows), rows) == pytest.approx(1 / 20)
    assert distance(matched(rows[:2], rows), rows) == np.inf
