"""ROIPooling against the loops of its definition."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.layers import _rois
from caffe2torch.layers.roi_pooling import roi_pool
from tests.layers.one_layer import run_layer, top_shapes

TEXT = "roi_pooling_param { pooled_h: %d pooled_w: %d spatial_scale: %r }"


def c_round(value: float) -> int:
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def reference(x: np.ndarray, rois: np.ndarray, ph: int, pw: int, scale: float) -> np.ndarray:
    _, c, h, w = x.shape
    kind = x.dtype.type
    out = np.zeros((len(rois), c, ph, pw), x.dtype)
    for r, (image, *corners) in enumerate(rois):
        x1, y1, x2, y2 = (c_round(kind(corner) * kind(scale)) for corner in corners)
        step_h = kind(max(y2 - y1 + 1, 1)) / kind(ph)
        step_w = kind(max(x2 - x1 + 1, 1)) / kind(pw)
        for i in range(ph):
            top = min(max(math.floor(kind(i) * step_h) + y1, 0), h)
            bottom = min(max(math.ceil(kind(i + 1) * step_h) + y1, 0), h)
            for j in range(pw):
                left = min(max(math.floor(kind(j) * step_w) + x1, 0), w)
                right = min(max(math.ceil(kind(j + 1) * step_w) + x1, 0), w)
                if bottom > top and right > left:
                    window = x[int(image), :, top:bottom, left:right]
                    out[r, :, i, j] = window.max(axis=(1, 2))
    return out


def regions(n: int, count: int, size: float, seed: int) -> np.ndarray:
    """Regions that lie inside, across and outside the image, some turned inside out."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-0.4 * size, 1.4 * size, (count, 4)).astype(np.float32)
    return np.concatenate([rng.integers(0, n, (count, 1)).astype(np.float32), corners], axis=1)


@pytest.mark.parametrize(
    ("ph", "pw", "scale"), [(7, 7, 0.0625), (2, 3, 0.5), (1, 1, 1.0), (6, 6, 0.3)]
)
def test_equals_the_loops(ph: int, pw: int, scale: float) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 9, 12)).astype(np.float32)
    rois = regions(2, 60, 12 / scale, seed=1)
    (top,) = run_layer("ROIPooling", TEXT % (ph, pw, scale), torch.tensor(x), torch.tensor(rois))
    np.testing.assert_array_equal(top.numpy(), reference(x, rois, ph, pw, scale))


def test_halves_round_away_from_zero() -> None:
    halves = torch.tensor([-2.5, -1.5, -0.5, 0.49999997, 0.5, 1.5, 2.5])
    assert _rois.round_half_away(halves).tolist() == [-3, -2, -1, 0, 1, 2, 3]


def test_the_gradient_goes_to_the_first_maximum() -> None:
    x = torch.ones(1, 1, 3, 3, requires_grad=True)
    rois = torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]])
    run_layer("ROIPooling", TEXT % (1, 1, 1.0), x, rois)[0].sum().backward()
    assert x.grad is not None
    assert x.grad.flatten().tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0]


def test_gradient() -> None:
    x = torch.randperm(2 * 2 * 5 * 6, dtype=torch.float64).view(2, 2, 5, 6).requires_grad_()
    rois = torch.tensor([[0, 0, 0, 5, 4], [1, 1, 1, 3, 6], [1, -9, -9, -5, -5]], dtype=x.dtype)
    assert torch.autograd.gradcheck(lambda x: roi_pool(x, rois, 2, 3, 1.0), (x,))


def test_torchvision_is_used_where_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def pool(x: torch.Tensor, rois: torch.Tensor, size: tuple[int, int], scale: float) -> str:
        calls.append((tuple(x.shape), tuple(rois.shape), size, scale))
        return "torchvision's"

    monkeypatch.setattr(
        _rois.torchvision_ops, "module", SimpleNamespace(roi_pool=pool), raising=False
    )
    assert roi_pool(torch.zeros(1, 2, 4, 4), torch.zeros(3, 5, 1, 1), 2, 3, 0.5) == "torchvision's"
    assert calls == [((1, 2, 4, 4), (3, 5), (2, 3), 0.5)]


def test_shapes_follow_the_number_of_regions() -> None:
    bottoms = [(1, 8, 38, 63), (300, 5)]
    assert top_shapes("ROIPooling", TEXT % (7, 7, 0.0625), bottoms) == [(300, 8, 7, 7)]
    square = "roi_pooling_param { pooled_size: 6 }"
    assert top_shapes("ROIPooling", square, [(1, 8, 9, 9), (4, 5, 1, 1)]) == [(4, 8, 6, 6)]
    none = run_layer("ROIPooling", TEXT % (2, 3, 1.0), torch.zeros(1, 2, 4, 4), torch.zeros(0, 5))
    assert none[0].shape == (0, 2, 2, 3)


@pytest.mark.parametrize(
    ("text", "bottoms", "message"),
    [
        ("roi_pooling_param { pooled_w: 3 }", [(1, 2, 4, 4), (1, 5)], "pooled_h is 0"),
        (TEXT % (2, 2, 1.0), [(1, 2, 4, 4), (1, 4)], "4 numbers a region"),
        (TEXT % (2, 2, 1.0), [(2, 4), (1, 5)], "4-D bottom"),
        ("roi_pooling_param { pooled_size: [1, 2, 3] }", [(1, 2, 4, 4), (1, 5)], "3 times"),
    ],
)
def test_bad_input_is_refused(text: str, bottoms: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        top_shapes("ROIPooling", text, bottoms)
