"""Images and labels of .npz and HDF5 files, as records."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch.data.datum import decode
from caffe2torch.data.importers import arrays
from caffe2torch.errors import DataError


def test_arrays_become_bytes_or_floats() -> None:
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 2, 2)
    records = list(arrays.records(images, [4, 5]))
    assert records[1][0] == b"00000001"
    assert (decode(records[1][1])[0] == images[1]).all()
    pixels, label = decode(arrays.datum(np.array([[0.5, 1.5]]), 3).SerializeToString())
    assert (pixels.tolist(), label) == ([[[0.5, 1.5]]], 3)
    for wrong in (np.array([np.nan]), np.array([1e39]), np.array([np.inf])):
        with pytest.raises(DataError, match="NaN, infinity or more"):
            arrays.datum(wrong, 0)


def test_npz_and_hdf5_find_images_and_labels(tmp_path: Path) -> None:
    images, labels = np.zeros((5, 3, 2, 2), np.uint8), np.arange(5)
    np.savez(tmp_path / "a.npz", pictures=images, y=labels)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["pictures"], file["y"] = images, labels.reshape(5, 1)
    for read, name in ((arrays.read_npz, "a.npz"), (arrays.read_hdf5, "a.h5")):
        got, classes = read(tmp_path / name, "", "")
        assert got.shape == images.shape
        assert classes.tolist() == labels.tolist()
        with pytest.raises(DataError, match='It holds "pictures" 5x3x2x2'):
            read(tmp_path / name, "none", "y")
    (tmp_path / "b.npz").write_bytes(b"no zip")
    with pytest.raises(DataError, match="no .npz file"):
        arrays.read_npz(tmp_path / "b.npz", "", "")


def test_nhwc_turns_red_green_blue_into_blue_green_red() -> None:
    pixels = np.array([[[[1, 2, 3]]]], np.uint8)
    assert arrays.from_layout(pixels, "nhwc").ravel().tolist() == [3, 2, 1]
    assert arrays.from_layout(pixels, "nchw") is pixels
