"""ScaleRoute: regions by the root of their area."""

from __future__ import annotations

import torch

from tests.layers.one_layer import run_layer


def test_regions_of_a_range_or_the_nearest_one() -> None:
    regions = torch.tensor([[0.0, 0, 0, 9, 9], [0, 0, 0, 49, 49], [0, 0, 0, 99, 99]])
    labels = torch.tensor([[1.0], [2.0], [3.0]])
    text = "scale_route_param { low_scale: 40 high_scale: 100 }"
    kept, owned = run_layer("ScaleRoute", text, regions, labels, tops=2)
    assert torch.equal(kept, regions[1:2]) and owned.tolist() == [[2]]
    text = "scale_route_param { low_scale: 200 }"
    (kept,) = run_layer("ScaleRoute", text, regions)
    assert torch.equal(kept, regions[2:])
