"""HDF5 files of weights and solver states, laid out as Caffe's own."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch import weights
from caffe2torch.errors import DataError, WeightsError
from tests.weights.files import ARRAYS, GOLDEN


def test_shared_parameters_stand_only_under_their_owner() -> None:
    read = weights.read_weights(GOLDEN / "nets" / "siamese_train_l0.caffemodel.h5")
    assert [array.shape for array in read["cv_a"] if array is not None] == [(4, 1, 3, 3), (4,)]
    assert read["cv_b"] == []


def test_hdf5_leaves_gaps_where_only_some_parameters_are_shared(tmp_path: Path) -> None:
    weights.write_caffemodel_h5(tmp_path / "w", {"a/b": [None, np.ones(2)], "a": []})
    read = weights.read_weights(tmp_path / "w")
    assert read["a/b"][0] is None
    np.testing.assert_array_equal(read["a/b"][1], np.ones(2, np.float32))


def test_hdf5_state_is_laid_out_as_caffes_own(tmp_path: Path) -> None:
    theirs_path = next(GOLDEN.rglob("*.solverstate.h5"))
    weights.write_solverstate(tmp_path / "s.h5", weights.read_solverstate(theirs_path))
    with h5py.File(theirs_path) as theirs, h5py.File(tmp_path / "s.h5") as ours:
        for key in ("iter", "current_step", "learned_net"):
            assert ours[key].dtype == theirs[key].dtype
            assert ours[key].shape == theirs[key].shape
            assert ours[key][()] == theirs[key][()]
        kinds = [file["learned_net"].id.get_type() for file in (theirs, ours)]
        assert kinds[0].get_strpad() == kinds[1].get_strpad()
        assert kinds[0].get_size() == kinds[1].get_size()
        assert list(ours["history"]) == list(theirs["history"])
        for key in theirs["history"]:
            assert ours["history"][key].dtype == theirs["history"][key].dtype
            np.testing.assert_array_equal(ours["history"][key], theirs["history"][key])


def test_damaged_hdf5_never_gives_another_exception(tmp_path: Path) -> None:
    weights.write_caffemodel_h5(tmp_path / "w", ARRAYS)
    data = (tmp_path / "w").read_bytes()
    path, random = tmp_path / "damaged", np.random.RandomState(0)
    for _ in range(60):
        at = random.randint(8, len(data))
        path.write_bytes(data[:at] + random.bytes(4) + data[at + 4 :])
        try:
            weights.read_weights(path)
        except (WeightsError, DataError) as error:  # DataError: more numbers than memory holds
            assert str(path) in str(error)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(WeightsError, match="no whole weights file"):
        weights.read_weights(path)
