"""HDF5 files: datasets read by the names of tops, and written as Caffe's own files."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch.data.hdf5 import write
from caffe2torch.errors import DataError, ShapeError


def test_equals_caffes_own_file(golden: Path, tmp_path: Path) -> None:
    part = golden / "transform/hdf5_output"
    given = np.load(part / "in.npz")
    arrays = {key.removeprefix("in:"): given[key] for key in given.files}
    write(str(tmp_path / "out.h5"), arrays["x"], arrays["y"])
    with h5py.File(tmp_path / "out.h5") as ours, h5py.File(part / "out.h5") as theirs:
        assert set(ours) == set(theirs) == {"data", "label"}
        for name in theirs:
            assert ours[name].shape == theirs[name].shape
            assert ours[name].dtype == theirs[name].dtype
            assert (ours[name][...] == theirs[name][...]).all()


def test_different_batches_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match=r"one batch size.*\(3, 1\) and \(2,\)"):
        write(str(tmp_path / "out.h5"), np.zeros((3, 1), np.float32), np.zeros(2, np.float32))
    with pytest.raises(ShapeError, match="at most 4 axes"):
        write(str(tmp_path / "out.h5"), np.zeros((2, 1, 1, 1, 1), np.float32), np.zeros(2))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none/out.h5. cannot be written"):
        write(str(tmp_path / "none/out.h5"), np.zeros((1, 1), np.float32), np.zeros(1))
