"""Which curves share a chart: the data that report.js draws, and where it draws them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from html import escape

from caffe2torch.errors import plural
from caffe2torch.report.record import Record
from caffe2torch.terminal import printable
from caffe2torch.train.table import Curve, split

TITLES = {
    "loss": "Loss",
    "scores": "Accuracy and other scores",
    "rate": "Learning rate",
    "speed": "Speed",
}
LONGEST = 4000
"""Points of a curve in the page; of longer ones, evenly spread points are taken."""


@dataclass(frozen=True)
class Series:
    """One curve: its name, the numbers of its run and of its column, iterations and values.

    A value that is no number is None.
    """

    label: str
    run: int
    column: int
    x: list[int]
    y: list[float | None]


@dataclass
class Chart:
    """Curves on one pair of axes; marks are iterations with what was seen there."""

    title: str
    series: list[Series] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)


def charts(records: Sequence[Record]) -> list[Chart]:
    """Return the charts that have a curve: loss, scores, rate, speed; all runs overlaid."""
    groups = [split(record.curves) for record in records]
    drawn = []
    for kind, title in TITLES.items():
        chart = Chart(title)
        columns = list(dict.fromkeys(column for group in groups for column in group[kind]))
        for run, group in enumerate(groups):
            for column, curve in group[kind].items():
                label = f"{records[run].name}: {column}" if len(records) > 1 else column
                chart.series.append(_series(label, run, columns.index(column), curve))
        if chart.series:
            chart.marks = [(f.iteration, f.code) for r in records for f in r.findings]
            drawn.append(chart)
    return drawn


def _series(label: str, run: int, column: int, curve: Curve) -> Series:
    chosen = sorted(dict(_thinned(curve)).items())
    return Series(
        printable(label, 60),
        run,
        column,
        [iteration for iteration, _ in chosen],
        [float(f"{value:.6g}") if math.isfinite(value) else None for _, value in chosen],
    )


def _thinned(curve: Curve) -> Curve:
    if len(curve) <= LONGEST:
        return curve
    last = len(curve) - 1
    return [curve[round(i * last / (LONGEST - 1))] for i in range(LONGEST)]


def figures(drawn: Sequence[Chart]) -> str:
    """Return the HTML of the charts; each says in words what it shows."""
    return "\n".join(_figure(i, chart) for i, chart in enumerate(drawn))


def _figure(index: int, chart: Chart) -> str:
    summary = "; ".join(_words(series) for series in chart.series)
    return (
        f'<figure class="chart"><h3 id="chart-{index}">{escape(chart.title)}</h3>\n'
        '<label class="scale"><input type="checkbox"> logarithmic</label>\n'
        f'<div class="plot" data-chart="{index}" tabindex="0" role="application" '
        f'aria-labelledby="chart-{index}" aria-describedby="words-{index}"></div>\n'
        f'<figcaption id="words-{index}">{escape(summary)}.</figcaption>\n'
        '<output class="reading" aria-live="polite"></output>\n'
        f"<details><summary>{escape(chart.title)} as a table</summary>"
        f'<div class="wide numbers" tabindex="0"></div></details></figure>'
    )


def _words(series: Series) -> str:
    values = [(i, v) for i, v in zip(series.x, series.y, strict=True) if v is not None]
    if not values:
        return f"{series.label}: no numbers"
    (first, at_first), (last, at_last) = values[0], values[-1]
    lost = len(series.y) - len(values)
    gaps = f", no number at {plural(lost, 'place')}" if lost else ""
    return f"{series.label}: {at_first:.4g} at {first} to {at_last:.4g} at {last}{gaps}"


def embedded(drawn: Sequence[Chart]) -> str:
    """Return the charts as JSON that cannot end its own script element."""
    values = [asdict(chart) for chart in drawn]
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
