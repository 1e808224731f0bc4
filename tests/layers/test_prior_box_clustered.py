"""PriorBoxClustered by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_boxes_around_the_only_pixel() -> None:
    """A step of 8 and an offset of one half put the centre at (4, 4) of 8 by 16 pixels."""
    param = "step: 8 width: 4 width: 2 height: 2 height: 8 variance: 0.1"
    (y,) = run_layer(
        "PriorBoxClustered",
        f"prior_box_param {{ {param} }}",
        torch.zeros(1, 1, 1, 1),
        torch.zeros(1, 3, 8, 16),
    )
    corners = [2 / 16, 3 / 8, 6 / 16, 5 / 8, 3 / 16, 0, 5 / 16, 1]
    assert y[0, 0].tolist() == pytest.approx(corners)
    assert y[0, 1].tolist() == pytest.approx([0.1] * 8)


@pytest.mark.parametrize("param", ["", "width: 3", "width: 3 height: 0"])
def test_sizes_that_do_not_pair(param: str) -> None:
    with pytest.raises(ShapeError, match="width"):
        top_shapes(
            "PriorBoxClustered", f"prior_box_param {{ {param} }}", [(1, 1, 1, 1), (1, 3, 8, 8)]
        )
