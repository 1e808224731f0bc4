"""Numbers as messages show them, and the middle of some."""

from __future__ import annotations

import pytest

from caffe2torch.lint.signal.numbers import median, show


@pytest.mark.parametrize(
    ("value", "text"), [(0.00484, "0.0048"), (1234.5, "1,200"), (2e6, "over a million")]
)
def test_a_number_is_as_precise_as_the_model(value: float, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    ("values", "middle"), [([], None), ([3.0], 3.0), ([9.0, 1.0, 2.0], 2.0), ([4.0, 1.0], 2.5)]
)
def test_the_median_is_the_middle_or_the_mean_of_two(
    values: list[float], middle: float | None
) -> None:
    assert median(values) == middle
