"""HDF5Output writes what real Caffe wrote."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from caffe2torch.errors import DataError, ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_the_file_is_that_of_caffe(tmp_path: Path, golden: Path) -> None:
    folder = golden / "transform" / "hdf5_output"
    with np.load(folder / "in.npz") as archive:
        given = {key.removeprefix("in:"): torch.from_numpy(archive[key]) for key in archive.files}
    text = f'hdf5_output_param {{ file_name: "{tmp_path}/out.h5" }}'
    for _ in range(2):  # a second forward replaces the file
        run_layer("HDF5Output", text, given["x"], given["y"], tops=0)
    with h5py.File(folder / "out.h5") as wanted, h5py.File(tmp_path / "out.h5") as found:
        assert set(found) == set(wanted) == {"data", "label"}
        for name in wanted:
            assert found[name].dtype == wanted[name].dtype
            np.testing.assert_array_equal(found[name][()], wanted[name][()])


@pytest.mark.parametrize(
    ("text", "bottoms", "field"),
    [
        ("", [(2, 3), (2,)], "hdf5_output_param.file_name"),
        ('hdf5_output_param { file_name: "x.h5" }', [(2, 3), (3,)], "bottom"),
        ('hdf5_output_param { file_name: "x.h5" }', [(2, 3, 1, 1, 1), (2,)], "bottom"),
    ],
)
def test_it_refuses(text: str, bottoms: list[tuple[int, ...]], field: str) -> None:
    with pytest.raises(ShapeError) as error:
        top_shapes("HDF5Output", text, bottoms, tops=0)
    assert error.value.field == field


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    text = f'hdf5_output_param {{ file_name: "{tmp_path}/no/out.h5" }}'
    with pytest.raises(DataError, match=r"no/out\.h5"):
        run_layer("HDF5Output", text, torch.zeros(2, 3), torch.zeros(2), tops=0)
