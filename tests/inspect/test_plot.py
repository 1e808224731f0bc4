"""A curve in characters."""

from __future__ import annotations

from caffe2torch.inspect.plot import ROWS, plot


def test_a_falling_line_goes_from_the_upper_left_to_the_lower_right() -> None:
    text = plot([(i, 10.0 - i) for i in range(10)], "rate", "iterations", 40)
    title, *rows, _line, axis = text.split("\n")
    assert title == "rate (over iterations)"
    assert len(rows) == ROWS
    assert rows[0].startswith(" 10 |*")
    assert rows[-1].startswith("  1 |") and rows[-1].endswith("*") and len(rows[-1]) == 40 - 1 + 1
    assert axis.split() == ["0", "9"]


def test_a_logarithmic_axis_has_powers_at_equal_distances() -> None:
    text = plot([(0, 1.0), (1, 0.1), (2, 0.01)], "rate", "iterations", 30, log=True)
    assert text.startswith("rate (logarithmic, over iterations)")
    middle = text.split("\n")[1 + ROWS // 2]
    assert middle.startswith(" 0.1 |") and "*" in middle


def test_a_drop_leaves_no_gap() -> None:
    text = plot([(0, 1.0), (49, 1.0), (50, 0.0), (99, 0.0)], "rate", "iterations", 60)
    rows = text.split("\n")[1 : 1 + ROWS]
    assert all("*" in row for row in rows)


def test_a_constant_lies_in_the_middle() -> None:
    rows = plot([(0, 1.0), (5, 1.0)], "rate", "iterations", 20).split("\n")[1 : 1 + ROWS]
    assert ["*" in row for row in rows].index(True) == ROWS // 2
