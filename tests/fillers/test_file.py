"""file: the numbers of a text file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers
from caffe2torch.errors import DataError, ShapeError


def test_the_first_numbers_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "theta.txt"
    path.write_text("1 0.5\n-2e1\n4 5")
    blob = torch.empty(2, 2)
    fillers.fill(blob, pb.FillerParameter(type="file", file=str(path)), torch.Generator())
    assert blob.tolist() == [[1.0, 0.5], [-20.0, 4.0]]


def test_files_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="names no file"):
        fillers.check(pb.FillerParameter(type="file"), (2,))
    path = tmp_path / "f.txt"
    filler = pb.FillerParameter(type="file", file=str(path))
    fillers.check(filler, (2,))
    for text, message in (
        (None, "no file of numbers"),
        ("1 x", "no file of"),
        ("1", "holds 1 num"),
    ):
        if text is not None:
            path.write_text(text)
        with pytest.raises(DataError, match=message):
            fillers.fill(torch.empty(2), filler, torch.Generator())
