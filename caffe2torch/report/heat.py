"""A map of layers against iterations as an HTML table whose cells are coloured by logarithm."""

from __future__ import annotations

import math
from html import escape

from caffe2torch.report.record import HeatMap
from caffe2torch.terminal import printable

STEPS = 12
"""Colours from the smallest to the largest value: the classes q0 to q11 of report.css."""


def table(heat: HeatMap, run: str = "") -> str:
    """Return the map; each cell has its number as text, for print and screen readers.

    run: what follows the title where there are several runs
    """
    values = [v for row in heat.rows.values() for v in row if v > 0 and math.isfinite(v)]
    low, high = min(values, default=1.0), max(values, default=1.0)
    title = escape(printable(heat.title + run))
    head = "".join(f'<th scope="col"><span>{i}</span></th>' for i in heat.iterations)
    rows = "\n".join(_row(layer, row, low, high) for layer, row in heat.rows.items())
    return (
        f'<h3>{title}</h3>\n<div class="wide" tabindex="0" role="group" aria-label="{title}">\n'
        f'<table class="heat"><caption>{_legend(low, high)} Iterations '
        f"{heat.iterations[0]} to {heat.iterations[-1]}.</caption>\n"
        f'<thead><tr><th scope="col">layer</th>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(layer: str, values: list[float], low: float, high: float) -> str:
    cells = "".join(
        f'<td class="{shade(value, low, high)}"><span>{_text(value)}</span></td>'
        for value in values
    )
    return f'<tr><th scope="row">{escape(printable(layer, 40))}</th>{cells}</tr>'


def shade(value: float, low: float, high: float) -> str:
    """Return the class of a cell: q0 to q11 by the logarithm, zero, bad (NaN, infinite), none."""
    if math.isnan(value) or math.isinf(value):
        return "bad"
    if value <= 0:
        return "zero"
    if high <= low:
        return f"q{STEPS // 2}"
    share = math.log(value / low) / math.log(high / low)
    return f"q{min(int(share * STEPS), STEPS - 1)}"


def _text(value: float) -> str:
    return f"{value:.2g}"


def _legend(low: float, high: float) -> str:
    boxes = "".join(f'<i class="q{i}"></i>' for i in range(STEPS))
    return (
        f'<span class="legend">{low:.2g} <span aria-hidden="true">{boxes}</span> {high:.2g}, '
        'logarithmic; <i class="zero" aria-hidden="true"></i> zero, '
        '<i class="bad" aria-hidden="true"></i> no number.</span>'
    )
