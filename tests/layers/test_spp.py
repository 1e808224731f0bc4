"""SPP: each bin is the maximum or average of its own part of the image."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes


def test_sizes_that_the_bins_divide() -> None:
    x = torch.arange(32.0).view(1, 2, 4, 4)
    (y,) = run_layer("SPP", "spp_param { pyramid_height: 3 }", x)
    one = x.amax((2, 3))
    two = x.unflatten(2, (2, 2)).unflatten(4, (2, 2)).amax((3, 5)).flatten(1)
    assert torch.equal(y, torch.cat([one, two, x.flatten(1)], 1))


def test_odd_sizes_pad_on_both_sides() -> None:
    # 5 pixels in 2 bins of 3: one pixel of padding in front and one behind
    x = torch.arange(5.0).view(1, 1, 1, 5).expand(1, 1, 5, 5).contiguous()
    (y,) = run_layer("SPP", "spp_param { pyramid_height: 2 }", x)
    assert y.tolist() == [[4, 1, 4, 1, 4]]
    (mean,) = run_layer("SPP", "spp_param { pyramid_height: 2 pool: AVE }", x)
    # padding counts in the divisor: rows 0–1 of 3, columns 0–1 of 3 hold 2·(0 + 1) over 9
    np.testing.assert_allclose(mean[0, 1].item(), 2 / 9, rtol=1e-6)


def test_one_level_keeps_its_axes() -> None:
    assert top_shapes("SPP", "spp_param { pyramid_height: 1 }", [(2, 3, 5, 4)]) == [(2, 3, 1, 1)]


def test_any_image_gives_as_many_features() -> None:
    net = one_net("SPP", "spp_param { pyramid_height: 3 }", [(1, 2, 8, 8)])
    assert run_net(net, torch.randn(1, 2, 20, 12))[0].shape == (1, 42)


@pytest.mark.parametrize(
    ("text", "shape", "field"),
    [
        ("", (1, 2, 8, 8), "spp_param.pyramid_height"),
        ("spp_param { pyramid_height: 3 }", (1, 2, 3, 3), "spp_param.pyramid_height"),
        ("spp_param { pyramid_height: 2 }", (1, 2), "bottom"),
    ],
)
def test_refusals(text: str, shape: tuple[int, ...], field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("SPP", text, [shape])
    assert caught.value.field == field


def test_stochastic_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="STOCHASTIC"):
        one_net("SPP", "spp_param { pyramid_height: 2 pool: STOCHASTIC }", [(1, 2, 8, 8)])
