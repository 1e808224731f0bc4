"""Statistics are numpy's, of arrays of any size; a table by layer."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.inspect.statistics import BLOCK, faults, gathered, statistics, table


@pytest.mark.parametrize("size", [1, 7, BLOCK, 2 * BLOCK + 3])
def test_statistics_are_numpys_whatever_the_blocks(size: int) -> None:
    array = np.random.default_rng(size).normal(5, 0.1, size).astype(np.float32)
    found = statistics(array)
    wide = array.astype(np.float64)
    assert found.count == size
    assert found.mean == pytest.approx(wide.mean(), rel=1e-12)
    assert found.std == pytest.approx(wide.std(), rel=1e-6, abs=1e-7)
    assert (found.min, found.max) == (wide.min(), wide.max())


def test_statistics_of_nothing_are_none() -> None:
    found = statistics(np.empty((0, 3), np.float32))
    assert (found.count, found.mean, found.fault) == (0, None, "")


def test_squares_that_overflow_leave_the_rest() -> None:
    found = statistics(np.array([1e200, 3e200]))
    assert (found.mean, found.std, found.max) == (2e200, None, 3e200)


def test_statistics_of_odd_addresses() -> None:
    raw = np.frombuffer(b"x" + np.array([1, 5], np.float32).tobytes(), np.uint8)[1:].view("<f4")
    assert statistics(raw).mean == 3.0


def test_several_arrays_count_as_one() -> None:
    stats = gathered([np.array([[1.0, 2.0]]), np.array([3.0, np.nan]), np.array([-np.inf])])
    assert (stats.count, stats.mean, stats.min, stats.max) == (5, 2.0, 1.0, 3.0)
    assert stats.std == pytest.approx((2 / 3) ** 0.5)
    assert stats.fault == "1 NaN, 1 infinite"


def test_a_row_a_blob_and_a_line_for_each_that_is_not_finite() -> None:
    whole = {"shape": (2, 3), **statistics(np.arange(6.0)).data}
    broken = {"shape": (2,), **statistics(np.array([np.nan, 1.0])).data}
    layers = [{"name": "ip", "type": "InnerProduct", "blobs": [whole, None, broken]}]
    rows = table(layers).rows
    assert rows[0] == ("ip", "InnerProduct", "0", "2×3", "2.5", "1.708", "0", "5")
    assert rows[1][:4] == ("", "", "1", "shared")
    assert faults(layers) == ["layer 'ip', blob 2: 1 NaN and 0 infinite of 2"]
