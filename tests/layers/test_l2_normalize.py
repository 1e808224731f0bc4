"""L2Normalize against the loop of Hierarchical-Bilinear-Pooling."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError
from tests.layers import unit_items
from tests.layers.one_layer import drawn, run_layer


@pytest.mark.parametrize("size", [1.0, 1e-4])
def test_items_have_length_one(size: float) -> None:
    unit_items.check("L2Normalize", 1e-7, size)


def test_more_than_four_axes_are_refused() -> None:
    with pytest.raises(ShapeError, match="1 to 4 axes"):
        run_layer("L2Normalize", "", drawn(1, 2, 2, 2, 2))
