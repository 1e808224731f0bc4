"""PSROIPooling against the loops of its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.layers.psroi_pooling import psroi_pool
from tests.layers.one_layer import run_layer, top_shapes
from tests.layers.test_roi_pooling import c_round, regions

TEXT = "psroi_pooling_param { spatial_scale: %r output_dim: %d group_size: %d }"


def reference(x: np.ndarray, rois: np.ndarray, dim: int, group: int, scale: float) -> np.ndarray:
    _, _, h, w = x.shape
    kind = x.dtype.type
    out = np.zeros((len(rois), dim, group, group), x.dtype)
    for r, (image, *corners) in enumerate(rois):
        x1, y1 = (kind(c_round(corner)) * kind(scale) for corner in corners[:2])
        x2, y2 = (kind(c_round(corner) + 1) * kind(scale) for corner in corners[2:])
        step_h = max(y2 - y1, kind(0.1)) / kind(group)
        step_w = max(x2 - x1, kind(0.1)) / kind(group)
        for d, i, j in np.ndindex(dim, group, group):
            top = min(max(math.floor(kind(i) * step_h + y1), 0), h)
            bottom = min(max(math.ceil(kind(i + 1) * step_h + y1), 0), h)
            left = min(max(math.floor(kind(j) * step_w + x1), 0), w)
            right = min(max(math.ceil(kind(j + 1) * step_w + x1), 0), w)
            if bottom > top and right > left:
                channel = (d * group + i) * group + j
                out[r, d, i, j] = x[int(image), channel, top:bottom, left:right].mean()
    return out


@pytest.mark.parametrize(("dim", "group", "scale"), [(2, 7, 0.0625), (3, 2, 0.5), (1, 1, 1.0)])
def test_equals_the_loops(dim: int, group: int, scale: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, dim * group**2, 9, 12)).astype(np.float32)
    rois = regions(2, 40, 12 / scale, seed=2)
    (top,) = run_layer(
        "PSROIPooling", TEXT % (scale, dim, group), torch.tensor(x), torch.tensor(rois)
    )
    np.testing.assert_allclose(top.numpy(), reference(x, rois, dim, group, scale), atol=1e-6)


def test_each_bin_reads_its_own_channel() -> None:
    x = torch.arange(8.0).view(1, 8, 1, 1).expand(1, 8, 6, 6)
    (top,) = run_layer("PSROIPooling", TEXT % (1.0, 2, 2), x, torch.tensor([[0.0, 0, 0, 5, 5]]))
    assert top.flatten().tolist() == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7])


def test_gradient() -> None:
    x = torch.randn(2, 8, 5, 6, dtype=torch.float64).requires_grad_()
    rois = torch.tensor([[0, 0, 0, 9, 7], [1, 3, 2, 5, 30], [1, -50, -50, -40, -40]], dtype=x.dtype)
    assert torch.autograd.gradcheck(lambda x: psroi_pool(x, rois, 2, 0.5), (x,))


def test_no_region_gives_no_rows() -> None:
    (top,) = run_layer(
        "PSROIPooling", TEXT % (1.0, 2, 2), torch.zeros(1, 8, 4, 4), torch.zeros(0, 5)
    )
    assert top.shape == (0, 2, 2, 2)


@pytest.mark.parametrize(
    ("text", "bottoms", "message"),
    [
        (TEXT % (1.0, 2, 3), [(1, 8, 4, 4), (1, 5)], "8 channels, and output_dim .* is 18"),
        (TEXT % (1.0, 0, 3), [(1, 8, 4, 4), (1, 5)], "output_dim is 0"),
        (TEXT % (1.0, 2, 2), [(1, 8, 4, 4), (1, 6)], "6 numbers a region"),
    ],
)
def test_bad_input_is_refused(text: str, bottoms: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        top_shapes("PSROIPooling", text, bottoms)
