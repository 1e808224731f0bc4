"""gabor against its formula and single values of Intel's code."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers


def filled(*shape: int) -> torch.Tensor:
    blob = torch.zeros(shape)
    fillers.fill(blob, pb.FillerParameter(type="gabor"), torch.Generator())
    return blob


def test_the_first_kernel_is_a_standing_wave_of_full_contrast() -> None:
    kernel = filled(32, 3, 5, 5)[0]
    for row in range(5):
        for column in range(5):
            x, y = column / 2 - 1, row / 2 - 1
            value = 0.5 * math.exp(-(x * x + y * y) / 0.72) * math.cos(2 * math.pi * x)
            assert kernel[:, row, column].tolist() == pytest.approx([value] * 3, abs=1e-7)


@pytest.mark.parametrize(
    ("shape", "place", "value"),
    [
        ((32, 3, 5, 5), (9, 0, 2, 1), 0.156881514),
        ((32, 3, 5, 5), (15, 1, 2, 2), 0.5),
        ((32, 3, 5, 5), (18, 0, 1, 3), 0.213553302),
        ((32, 3, 5, 5), (22, 2, 3, 1), 0.213553302),
        ((32, 3, 5, 5), (29, 0, 3, 3), -0.213553302),
        ((32, 3, 5, 5), (31, 1, 1, 2), -0.104603047),
        ((64, 3, 7, 7), (13, 0, 3, 2), -0.430586766),
        ((64, 3, 7, 7), (35, 2, 4, 4), 0.0372792267),
        ((64, 3, 7, 7), (44, 1, 2, 2), -0.412888464),
        ((64, 3, 7, 7), (47, 2, 1, 3), -0.0531247807),
        ((64, 3, 7, 7), (50, 0, 5, 3), -0.132873011),
        ((64, 3, 7, 7), (58, 1, 3, 4), -0.226575905),
        ((64, 3, 7, 7), (63, 2, 2, 5), 0.0209497733),
        ((64, 3, 3, 3), (21, 0, 1, 2), -0.142836452),
        ((64, 3, 3, 3), (44, 1, 0, 1), -0.404353773),
        ((96, 3, 11, 11), (23, 0, 5, 4), -0.114946867),
        ((96, 3, 11, 11), (53, 1, 5, 5), 0.222222222),
        ((96, 3, 11, 11), (57, 2, 4, 6), 0.0218280319),
        ((96, 3, 11, 11), (62, 0, 6, 3), -0.0832389544),
        ((96, 3, 11, 11), (70, 1, 5, 7), -0.00295614591),
        ((96, 3, 11, 11), (77, 2, 3, 5), 0.080780171),
        ((96, 3, 11, 11), (85, 0, 6, 6), 0.00696994526),
        ((96, 3, 11, 11), (90, 1, 4, 4), -0.0458335637),
        ((96, 3, 11, 11), (95, 2, 6, 5), -0.0384330891),
    ],
)
def test_values_of_the_published_banks(shape, place, value: float) -> None:
    assert filled(*shape)[place].item() == pytest.approx(value, abs=1e-7)


def test_the_linter_is_told_the_moments_of_the_weights() -> None:
    for shape in ((32, 3, 5, 5), (64, 3, 3, 3), (96, 3, 11, 11)):
        blob = filled(*shape).double()
        spread = fillers.find("gabor").spread(pb.FillerParameter(type="gabor"), shape)
        assert spread.mean == pytest.approx(blob.mean().item(), abs=1e-6)
        assert spread.var == pytest.approx(blob.var(correction=0).item(), rel=1e-5)
