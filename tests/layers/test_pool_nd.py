"""Pooling over any number of axes, against windows cut out by hand."""

from __future__ import annotations

import itertools

import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.format.upgrade import parse_net
from tests.layers.one_layer import run_layer, top_shapes


def by_hand(x: torch.Tensor, kernel, stride, pad, out, average: bool) -> torch.Tensor:
    """Each window of a (1, 1, ...) image, cut as Caffe cuts it."""
    y = torch.zeros(out)
    for place in itertools.product(*map(range, out)):
        cuts, area = [], 1
        for i, k, s, p, size in zip(place, kernel, stride, pad, x.shape[2:], strict=True):
            start = i * s - p
            area *= min(start + k, size + p) - start
            cuts.append(slice(max(start, 0), min(start + k, size)))
        window = x[0, 0][tuple(cuts)]
        y[place] = window.sum() / area if average else window.max()
    return y


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize(
    ("kernel", "stride", "pad", "out"),
    [
        ((1, 2, 2), (1, 2, 2), (0, 0, 0), (4, 3, 3)),
        ((3, 3, 3), (2, 2, 2), (1, 1, 1), (3, 3, 4)),
        ((2, 3, 2), (2, 1, 3), (0, 1, 1), (2, 5, 3)),
    ],
)
def test_windows_over_three_axes(kernel, stride, pad, out, average: bool) -> None:
    x = torch.randn(1, 1, 4, 5, 6, generator=torch.Generator().manual_seed(1))
    text = (
        f"pooling_param {{ pool: {'AVE' if average else 'MAX'} kernel_size_3d: {list(kernel)} "
        f"stride_3d: {list(stride)} pad_3d: {list(pad)} }}"
    )
    (y,) = run_layer("Pooling", text, x)
    assert y.shape[2:] == out
    torch.testing.assert_close(y[0, 0], by_hand(x, kernel, stride, pad, out, average))


def test_a_list_of_kernel_size_reads_as_intels_field() -> None:
    text = (
        "layer { name: 'p' type: 'Pooling' pooling_param { kernel_size: [1, 2, 2] stride: [2] } }"
    )
    param = parse_net(text).message.layer[0].pooling_param
    assert list(param.kernel_size_3d) == [1, 2, 2]
    assert list(param.stride_3d) == [2]


def test_global_pooling_of_three_axes_and_lists_for_two() -> None:
    text = "pooling_param { pool: AVE global_pooling: true stride_3d: 1 }"
    x = torch.arange(24.0).reshape(1, 1, 2, 3, 4)
    (y,) = run_layer("Pooling", text, x)
    assert y.flatten().tolist() == [11.5]
    assert top_shapes("Pooling", "pooling_param { kernel_size_3d: [3, 2] }", [(1, 2, 6, 6)]) == [
        (1, 2, 4, 5)
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("kernel_size_3d: [1, 2]", ShapeError),
        ("kernel_size_3d: [1, 2, 2] pad_3d: 1", ShapeError),
        ("kernel_size_3d: [0, 2, 2]", ShapeError),
        ("kernel_size_3d: 9", ShapeError),
        ("pool: STOCHASTIC kernel_size_3d: 2", UnsupportedError),
    ],
)
def test_lists_that_do_not_fit(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        top_shapes("Pooling", f"pooling_param {{ {text} }}", [(1, 1, 4, 4, 4)])
