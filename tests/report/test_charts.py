"""Curves of one or several runs, sorted into charts."""

from __future__ import annotations

import json
import math

from caffe2torch.health.observation import Observation
from caffe2torch.report import charts
from caffe2torch.report.record import Record

A = Record("a", {"loss": [(0, 2.0), (10, math.nan), (20, 1.0)], "lr": [(0, 0.1)]})
B = Record("b", {"loss": [(0, 3.0)], "test0 accuracy": [(0, 0.123456789)]})


def test_runs_share_the_axes_of_what_they_have() -> None:
    loss, scores, rate = charts.charts([A, B])
    assert [chart.title for chart in (loss, rate)] == ["Loss", "Learning rate"]
    assert [(s.label, s.run, s.column) for s in loss.series] == [
        ("a: loss", 0, 0),
        ("b: loss", 1, 0),
    ]
    assert scores.series[0].y == [0.123457]


def test_a_value_that_is_no_number_is_a_gap_and_is_told() -> None:
    loss = charts.charts([A])[0]
    assert loss.series[0].label == "loss" and loss.series[0].y == [2.0, None, 1.0]
    assert "loss: 2 at 0 to 1 at 20, no number at 1 place." in charts.figures([loss])


def test_findings_are_marks_on_every_chart() -> None:
    seen = Observation("C2T608", "nan-or-inf", 10, "e", "a", fatal=True)
    drawn = charts.charts([Record("a", A.curves, [seen])])
    assert [chart.marks for chart in drawn] == [[(10, "C2T608")]] * 2


def test_long_curves_are_thinned_to_both_ends() -> None:
    record = Record("a", {"loss": [(i, float(i)) for i in range(100_000)]})
    (series,) = charts.charts([record])[0].series
    assert len(series.x) == charts.LONGEST and (series.x[0], series.x[-1]) == (0, 99_999)


def test_names_cannot_end_the_script_element() -> None:
    record = Record("</script><b>", {"loss": [(0, 1.0)]})
    text = charts.embedded(charts.charts([record, record]))
    assert "<" not in text and json.loads(text)[0]["series"][0]["label"] == "</script><b>: loss"
