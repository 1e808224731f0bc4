"""xy: columns and rows, by a loop."""

from __future__ import annotations

import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers
from caffe2torch.errors import ShapeError

FILLER = pb.FillerParameter(type="xy")


def test_each_pixel_holds_its_place() -> None:
    blob = torch.empty(2, 2, 3, 5)
    fillers.fill(blob, FILLER, torch.Generator())
    for n in range(2):
        for row in range(3):
            for column in range(5):
                assert blob[n, :, row, column].tolist() == [column, row]
    spread = fillers.find("xy").spread(FILLER, (2, 2, 3, 5))
    assert spread.mean == pytest.approx(blob.mean().item())
    assert spread.var == pytest.approx(blob.var(correction=0).item())


def test_it_takes_two_channels() -> None:
    with pytest.raises(ShapeError, match=r"fills \(N, 2, H, W\)"):
        fillers.check(FILLER, (1, 3, 4, 4))
