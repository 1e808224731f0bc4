"""Heat maps as tables: a colour by the logarithm, a number in every cell."""

from __future__ import annotations

import math

import pytest

from caffe2torch.report.heat import shade, table
from caffe2torch.report.record import HeatMap


@pytest.mark.parametrize(
    ("value", "name"),
    [(1.0, "q0"), (1e12, "q11"), (1e6, "q6"), (0.0, "zero"), (math.nan, "bad"), (math.inf, "bad")],
)
def test_a_colour_stands_for_a_twelfth_of_the_logarithms(value: float, name: str) -> None:
    assert shade(value, 1.0, 1e12) == name


def test_one_value_only_has_a_colour_of_the_middle() -> None:
    assert shade(2.0, 2.0, 2.0) == "q6"


def test_cells_have_their_numbers_and_names_cannot_break_out() -> None:
    heat = HeatMap("Gradient", [0, 50], {"<conv>": [0.5, 0.000123], "ip": [math.nan, 0.0]})
    text = table(heat, " (a&b)")
    assert "Gradient (a&amp;b)" in text and "&lt;conv&gt;" in text and "<conv>" not in text
    assert '<td class="q11"><span>0.5</span>' in text
    assert '<td class="q0"><span>0.00012</span>' in text
    assert '<td class="bad"><span>nan</span></td><td class="zero"><span>0</span>' in text
    assert text.count('scope="col"') == 3 and text.count('scope="row"') == 2
