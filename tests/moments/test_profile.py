"""How a second moment is spread over a padded map: taps counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.moments.profile import (
    backward,
    fitting,
    flat,
    forward,
    mixed,
    taps_of,
    together,
)

PADDED = (3, 1, 1, 1)
"""Kernel 3, stride 1, pad 1, no dilation."""


def test_taps_of_a_padded_window() -> None:
    np.testing.assert_array_equal(taps_of(3, 3, 3, 1, 1, 1), [[1, 1, 0], [1, 1, 1], [0, 1, 1]])


def test_taps_of_strided_and_dilated_windows() -> None:
    np.testing.assert_array_equal(taps_of(4, 2, 2, 2, 0, 1), [[1, 1, 0, 0], [0, 0, 1, 1]])
    np.testing.assert_array_equal(taps_of(5, 1, 3, 1, 0, 2), [[1, 0, 1, 0, 1]])


def test_forward_over_a_padded_map_of_three() -> None:
    """The windows hold 2, 3 and 2 of their 3 taps."""
    share, lines = forward(flat((3,)), (3,), (PADDED,))
    assert share == pytest.approx(7 / 9)
    np.testing.assert_allclose(lines[0], [6 / 7, 9 / 7, 6 / 7])


def test_backward_over_a_padded_map_of_three() -> None:
    """The places lie in 2, 3 and 2 windows: two of nine gradients go nowhere."""
    share, lines = backward(flat((3, 3)), (3, 3), (PADDED, PADDED))
    assert share == pytest.approx((7 / 9) ** 2)
    np.testing.assert_allclose(lines[1], [6 / 7, 9 / 7, 6 / 7])


def test_nothing_is_lost_without_padding() -> None:
    taps = ((2, 2, 0, 1),)
    share, lines = forward((np.array([2.0, 0, 1, 1]),), (2,), taps)
    assert share == pytest.approx(1.0)
    np.testing.assert_allclose(lines[0], [1, 1])
    share, lines = backward((np.array([0.5, 1.5]),), (4,), taps)
    assert share == pytest.approx(1.0)
    np.testing.assert_allclose(lines[0], [0.5, 0.5, 1.5, 1.5])


def test_what_is_read_times_its_gradient() -> None:
    even = flat((3,))
    assert together(even, even, (PADDED,)) == pytest.approx(7 / 9)
    middle = (np.array([0.0, 3.0, 0.0]),)  # only the middle window, which has all its taps
    assert together(even, middle, (PADDED,)) == pytest.approx(1.0)


def test_a_sum_is_spread_by_the_shares_of_its_parts() -> None:
    lines = [(np.array([2.0, 0.0]),), (np.array([1.0, 1.0]),)]
    np.testing.assert_allclose(mixed(lines, [1.0, 3.0])[0], [1.25, 0.75])
    np.testing.assert_allclose(mixed(lines, [0.0, 0.0])[0], [2.0, 0.0])


def test_the_profile_of_a_map_of_another_size_does_not_fit() -> None:
    line = np.array([2.0, 0.0])
    assert fitting((line,), (2,)) == (line,)
    np.testing.assert_array_equal(fitting((line,), (3,))[0], [1, 1, 1])
    assert len(fitting((), (4, 5))) == 2


def test_a_map_without_energy_is_flat() -> None:
    share, lines = forward((np.zeros(3),), (3,), (PADDED,))
    assert share == 0.0
    np.testing.assert_array_equal(lines[0], [1, 1, 1])
