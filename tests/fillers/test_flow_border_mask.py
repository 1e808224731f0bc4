"""flowBorderMask: by a loop."""

from __future__ import annotations

import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers
from caffe2torch.errors import ShapeError

FILLER = pb.FillerParameter(type="flowBorderMask")


def test_the_last_column_and_the_last_row_are_zero() -> None:
    blob = torch.empty(2, 2, 3, 5)
    fillers.fill(blob, FILLER, torch.Generator())
    for n in range(2):
        for row in range(3):
            for column in range(5):
                expected = [float(column < 4), float(row < 2)]
                assert blob[n, :, row, column].tolist() == expected
    spread = fillers.find("flowBorderMask").spread(FILLER, (2, 2, 3, 5))
    assert spread.mean == pytest.approx(blob.mean().item())
    assert spread.var == pytest.approx(blob.var(correction=0).item())


def test_it_takes_two_channels() -> None:
    with pytest.raises(ShapeError, match=r"fills \(N, 2, H, W\)"):
        fillers.check(FILLER, (1, 3, 4, 4))
