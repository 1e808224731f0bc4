"""SpatialPyramidPooling against loops over the fork's windows."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import one_net, run_layer, top_shapes

KIND = "SpatialPyramidPooling"
TEXT = "spatial_pyramid_pooling_param {{ spatial_bin: {} pool: {} }}"


def maxima(x: torch.Tensor, n: int) -> torch.Tensor:
    """Bins of H / n by W / n pixels, widened to whole ones."""
    height, width = (size / n for size in x.shape[2:])
    rows = [(math.floor(i * height), math.ceil(i * height + height)) for i in range(n)]
    columns = [(math.floor(i * width), math.ceil(i * width + width)) for i in range(n)]
    bins = [x[:, :, a:b, c:d].amax((2, 3)) for a, b in rows for c, d in columns]
    return torch.stack(bins, 2).flatten(1)


@pytest.mark.parametrize("size", [(13, 13), (7, 12), (6, 6)])
def test_against_loops(size: tuple[int, int]) -> None:
    x = torch.randn(2, 3, *size)
    (top,) = run_layer(KIND, TEXT.format("[1, 2, 3, 6]", "MAX"), x)
    assert torch.equal(top, torch.cat([maxima(x, n) for n in (1, 2, 3, 6)], 1))


def test_gradient() -> None:
    net = one_net(KIND, TEXT.format("[1, 2]", "MAX"), [(2, 2, 3, 5)])
    x = torch.randperm(60).reshape(2, 2, 3, 5).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: net(x), x)


def test_one_level_is_the_maximum_of_the_image() -> None:
    x = torch.randn(2, 3, 4, 5)
    (top,) = run_layer(KIND, TEXT.format(3, "MAX"), x)
    assert torch.equal(top, x.amax((2, 3), keepdim=True))


@pytest.mark.parametrize("bins", ["[]", "[1, 0]", "[1, 5]"])
def test_bins_that_do_not_fit(bins: str) -> None:
    with pytest.raises(ShapeError, match="spatial_bin is|too few for 5 bins"):
        top_shapes(KIND, TEXT.format(bins, "MAX"), [(2, 3, 4, 6)])


def test_other_refusals() -> None:
    with pytest.raises(ShapeError, match="4 axes"):
        top_shapes(KIND, TEXT.format(1, "MAX"), [(2, 3)])
    with pytest.raises(UnsupportedError, match="pool: AVE"):
        one_net(KIND, TEXT.format(1, "AVE"), [(2, 3, 4, 5)])
