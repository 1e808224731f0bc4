"""Measurements of the monitor as maps of layers against iterations."""

from __future__ import annotations

import itertools
import math
from typing import Any

from caffe2torch.report.measured import MOST, heat_maps, spread


def event(iteration: int, **gradients: float) -> dict[str, Any]:
    norms = [{"layer": layer, "gradient": g, "step": g / 10} for layer, g in gradients.items()]
    return {"event": "measurement", "iteration": iteration, "norms": norms, "activations": []}


def test_a_map_for_each_kind_and_gaps_where_a_layer_was_not_measured() -> None:
    gradient, step = heat_maps([event(0, conv=1.0), event(10, conv=2.0, ip=4.0)])
    assert gradient.iterations == [0, 10] and gradient.rows["conv"] == [1.0, 2.0]
    assert math.isnan(gradient.rows["ip"][0]) and gradient.rows["ip"][1] == 4.0
    assert step.rows["conv"] == [0.1, 0.2] and "Update" in step.title


def test_one_measurement_makes_no_map_and_foreign_rows_none_at_all() -> None:
    assert heat_maps([event(0, conv=1.0)]) == []
    odd = {"iteration": 1, "norms": ["x", {"layer": "a"}, {"layer": "b", "gradient": "1"}]}
    assert heat_maps([odd, odd | {"iteration": 2}]) == []


def test_of_many_measurements_evenly_spread_ones_are_taken() -> None:
    assert spread([1, 2]) == [1, 2]
    chosen = spread(list(range(1000)))
    assert len(chosen) == MOST and chosen[0] == 0 and chosen[-1] == 999
    assert {b - a for a, b in itertools.pairwise(chosen)} <= {25, 26}
