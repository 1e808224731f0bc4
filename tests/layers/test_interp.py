"""Interp: the grid whose corners are the image's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def reference(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear interpolation, one output pixel at a time."""
    h, w = x.shape[2:]
    y = np.zeros((*x.shape[:2], height, width))
    for i, j in np.ndindex(height, width):
        row = i * (h - 1) / (height - 1) if height > 1 else 0.0
        column = j * (w - 1) / (width - 1) if width > 1 else 0.0
        for a in (0, 1):
            for b in (0, 1):
                r, c = min(int(row) + a, h - 1), min(int(column) + b, w - 1)
                weight = abs(1 - a - row % 1) * abs(1 - b - column % 1)
                y[:, :, i, j] += weight * x[:, :, r, c]
    return y


@pytest.mark.parametrize("size", [(7, 9), (4, 5), (2, 3), (1, 1), (13, 1)])
def test_linear(size: tuple[int, int]) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    text = f"interp_param {{ height: {size[0]} width: {size[1]} }}"
    (y,) = run_layer("Interp", text, torch.from_numpy(x))
    np.testing.assert_allclose(y.numpy(), reference(x, *size), rtol=1e-9, atol=1e-9)


def test_nearest_rounds_half_up() -> None:
    x = torch.tensor([[10.0, 20, 30]]).view(1, 1, 1, 3)
    text = "interp_param { height: 1 width: 5 mode: NEAREST }"
    assert run_layer("Interp", text, x)[0].flatten().tolist() == [10, 20, 20, 30, 30]


def test_negative_padding_crops() -> None:
    x = torch.randn(1, 2, 6, 7)
    (y,) = run_layer("Interp", "interp_param { zoom_factor: 1 pad_beg: -1 pad_end: -2 }", x)
    assert torch.equal(y, x[:, :, 1:4, 1:5])


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("zoom_factor: 2", (7, 9)),
        ("shrink_factor: 2", (2, 3)),
        ("shrink_factor: 2 zoom_factor: 3", (4, 7)),
        ("height: 8 width: 6 zoom_factor: 2", (7, 9)),
        ("height: 8 width: 6 zoom_factor: 2 shrink_factor: 2", (8, 6)),
    ],
)
def test_which_size_counts(text: str, size: tuple[int, int]) -> None:
    full = f"interp_param {{ {text} }}"
    assert top_shapes("Interp", full, [(1, 2, 4, 5)])[0][2:] == size
    assert run_layer("Interp", full, torch.randn(1, 2, 4, 5))[0].shape[2:] == size


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "interp_param"),
        ("height: 3", "interp_param"),
        ("zoom_factor: 2 pad_beg: 1", "interp_param.pad_beg"),
        ("zoom_factor: 0", "interp_param"),
        ("zoom_factor: 1 pad_end: -4", "interp_param"),
    ],
)
def test_refusals(text: str, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Interp", f"interp_param {{ {text} }}", [(1, 2, 4, 5)])
    assert caught.value.field == field
    assert caught.value.hint


def test_a_second_bottom_gives_the_size_only() -> None:
    x = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    like = torch.zeros(1, 7, 6, 9)
    (by_bottom,) = run_layer("Interp", "interp_param { use_blob_size: true }", x, like)
    (by_numbers,) = run_layer("Interp", "interp_param { height: 6 width: 9 }", x)
    assert torch.equal(by_bottom, by_numbers)
