"""SpatialProduct against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer, top_shapes


def test_spatial_product() -> None:
    x, weights, products = drawn(2, 3, 4, 5), drawn(2, 1, 4, 5, seed=1), np.empty((2, 3, 4, 5))
    for n, c, i, j in np.ndindex(2, 3, 4, 5):
        products[n, c, i, j] = x[n, c, i, j] * weights[n, 0, i, j]
    close(run_layer("SpatialProduct", "", x, weights)[0], products)
    with pytest.raises(ShapeError, match="got"):
        top_shapes("SpatialProduct", "", [(2, 3, 4, 5), (2, 2, 4, 5)])
