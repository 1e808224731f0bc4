"""ROIAlign against the loop of cascade-rcnn's ROIAlignForward and ROIAlignBackward."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import close, drawn, run_layer, top_shapes

H, W, BINS, SCALE, PAD = 7, 9, (2, 3), 0.5, 0.1
TEXT = "roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.5 pad_ratio: 0.1 }"
ROIS = torch.tensor([
    [0, 2.0, 3, 9, 11], [1, 0, 0, 17, 13], [1, -6, -5, 8, 30], [0, 9, 9, 3, 4], [0, 5.3, 2.2, 6, 4],
])  # fmt: skip


def corners(region: list[float], i: int, j: int) -> list[tuple[int, int, float]]:
    """The four pixels that a point of the grid reads, and their weights; none outside."""
    _, x1, y1, x2, y2 = region
    wide, high = (x2 - x1 + 1) * PAD, (y2 - y1 + 1) * PAD
    left, right = (x1 - wide) * SCALE - 0.5, (x2 + wide) * SCALE - 0.5
    top, bottom = (y1 - high) * SCALE - 0.5, (y2 + high) * SCALE - 0.5
    if bottom <= top or right <= left:
        return []
    y, x = top + i * (bottom - top) / BINS[0], left + j * (right - left) / BINS[1]
    if not (-0.5 <= y <= H - 0.5 and -0.5 <= x <= W - 0.5):
        return []
    y0, x0 = math.floor(y), math.floor(x)
    rows = [min(max(v, 0), H - 1) for v in (y0, y0 + 1)]
    columns = [min(max(v, 0), W - 1) for v in (x0, x0 + 1)]
    down = min(max(y, 0), H - 1) - rows[0]
    along = min(max(x, 0), W - 1) - columns[0]
    return [
        (rows[a], columns[b], (down if a else 1 - down) * (along if b else 1 - along))
        for a in (0, 1)
        for b in (0, 1)
    ]


def test_forward_and_backward() -> None:
    x = drawn(2, 3, H, W).requires_grad_()
    gradient = drawn(len(ROIS), 3, BINS[0] + 1, BINS[1] + 1, seed=1)
    (y,) = run_layer("ROIAlign", TEXT, x, ROIS)
    (y * gradient).sum().backward()
    wanted, slopes = np.zeros(y.shape), np.zeros(x.shape)
    for r, region in enumerate(ROIS.tolist()):
        for i, j in np.ndindex(BINS[0] + 1, BINS[1] + 1):
            for row, column, weight in corners(region, i, j):
                n = int(region[0])
                wanted[r, :, i, j] += weight * x[n, :, row, column].detach().numpy()
                slopes[n, :, row, column] += weight * gradient[r, :, i, j].numpy()
    close(y, wanted)
    assert x.grad is not None
    close(x.grad, slopes)
    assert (wanted[3] == 0).all()


def test_other_forks_parameters_tell_the_shape_and_are_refused() -> None:
    text = "roi_align_param { pooled_h: 2 pooled_w: 3 }"
    assert top_shapes("ROIAlign", text, [(1, 6, 8, 8), (4, 5)]) == [(4, 6, 2, 3)]
    with pytest.raises(UnsupportedError, match="sets roi_align_param"):
        run_layer("ROIAlign", text, drawn(1, 6, 8, 8), ROIS)


def test_sizes_and_regions_that_are_missing() -> None:
    with pytest.raises(ShapeError, match="must be above 0"):
        run_layer("ROIAlign", "", drawn(1, 6, 8, 8), ROIS)
    with pytest.raises(ShapeError, match="holds 4 numbers a region"):
        run_layer("ROIAlign", TEXT, drawn(1, 6, 8, 8), ROIS[:, 1:])
