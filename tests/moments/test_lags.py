"""Covariances by distance: rows that interpolate, and sums over all pairs of places."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest

from caffe2torch.moments.lags import RADII, N, average, pairs, spread, weights_at, window


def row(**at: float) -> np.ndarray:
    """(N,) zeros but for the values at the named radii: r1=2.0."""
    out = np.zeros(N)
    for name, value in at.items():
        out[list(RADII).index(float(name[1:]))] = value
    return out


def test_a_known_distance_is_its_own_row() -> None:
    np.testing.assert_allclose(weights_at(RADII[:-1]), np.eye(N)[:-1], atol=1e-12)


def test_between_two_distances_rows_are_linear_in_the_logarithm() -> None:
    np.testing.assert_allclose(weights_at(np.array(sqrt(6))), row(r2=0.5, r3=0.5), atol=1e-12)


@pytest.mark.parametrize(("distance", "at"), [(0.3, "r1"), (5000.0, "r512")])
def test_beyond_the_ends(distance: float, at: str) -> None:
    """Anything nearer than a pixel counts as one, but is not the same place."""
    np.testing.assert_allclose(weights_at(np.array(distance)), row(**{at: 1.0}), atol=1e-12)


def test_rows_sum_to_1() -> None:
    rows = weights_at(np.linspace(0, 700, 301).reshape(7, 43))
    assert rows.shape == (7, 43, N)
    np.testing.assert_allclose(rows.sum(-1), 1)


def test_pairs_of_small_maps_are_counted_one_by_one() -> None:
    np.testing.assert_allclose(pairs((1, 1), 1.0), row(r0=1))
    np.testing.assert_allclose(pairs((3,), 1.0), row(r0=3, r1=4, r2=2), atol=1e-12)
    np.testing.assert_allclose(pairs((3,), 2.0), row(r0=3, r2=4, r4=2), atol=1e-12)
    far = log(sqrt(2)) / log(1.5)  # of two places diagonal to each other, from 1 to 1.5
    np.testing.assert_allclose(
        pairs((2, 2), 1.0), row(r0=4, r1=8 + 4 * (1 - far), **{"r1.5": 4 * far}), atol=1e-12
    )


@pytest.mark.parametrize("sizes", [(48, 48), (100, 60), (500,)])
def test_large_maps_have_as_many_pairs_as_places_squared(sizes: tuple[int, ...]) -> None:
    weights = pairs(sizes, 1.0)
    assert weights.sum() == pytest.approx(np.prod(sizes) ** 2.0)
    assert weights[0] == np.prod(sizes)
    assert (weights >= 0).all()


def test_average_of_a_map_of_two() -> None:
    k = np.stack([row(r0=4, r1=2), row(r0=1, r1=1)])
    np.testing.assert_allclose(average(k, (2,), 1.0), [3, 1])
    np.testing.assert_allclose(average(np.ones((2, N)), (7, 9), 4.0), 1)


def test_windows_of_one_place_change_nothing() -> None:
    # the last radius is where interpolation ends
    np.testing.assert_allclose(window((1, 1), 1.0)[:-1], np.eye(N)[:-1], atol=1e-12)


def test_windows_of_two_places() -> None:
    """Two pairs of places are as far apart as the windows, one is nearer, one further."""
    matrix = window((2,), 1.0)
    np.testing.assert_allclose(matrix[0], row(r0=0.5, r1=0.5), atol=1e-12)
    np.testing.assert_allclose(
        matrix[list(RADII).index(3)], row(r2=0.25, r3=0.5, r4=0.25), atol=1e-12
    )


def test_gradients_below_windows_that_do_not_overlap() -> None:
    """Size 4 in windows of 2: of the pairs of neighbours two share a window, one lies in two."""
    matrix = spread(((4, 2, 2, 2, 0),), 1.0)
    np.testing.assert_allclose(matrix[0], row(r0=1), atol=1e-12)
    np.testing.assert_allclose(matrix[1], row(r0=2 / 3, r2=1 / 3), atol=1e-12)


def test_gradients_below_windows_that_overlap_add_up() -> None:
    """Size 3 in windows of 3, padded by 1: each place lies in 2, 3 and 2 of them."""
    matrix = spread(((3, 3, 3, 1, 1),), 1.0)
    # same place: 2·2 + 3·3 + 2·2 ordered pairs of windows over 3 places, by how far apart
    np.testing.assert_allclose(matrix[0], row(r0=7 / 3, r1=8 / 3, r2=2 / 3), atol=1e-12)
