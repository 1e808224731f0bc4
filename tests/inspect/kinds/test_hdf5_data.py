"""HDF5 files of examples."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch.errors import C2TError
from caffe2torch.inspect import Options, inspect_file
from caffe2torch.inspect.kinds import hdf5_data
from caffe2torch.inspect.render import lines
from tests.conftest import GOLDEN


def test_each_dataset_is_told() -> None:
    found = inspect_file(GOLDEN / "transform" / "h5" / "f0.h5").json
    assert found["kind"] == "hdf5"
    shapes = {one["name"]: (one["type"], one["shape"]) for one in found["datasets"]}
    assert shapes["data"] == ("float32", [5, 2, 3])
    assert shapes["bytes"] == ("uint8", [5, 3])


def test_statistics_and_what_is_not_finite(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "f", "w") as file:
        file["data"] = np.array([1.0, 3.0])
        file["deep/bad"] = np.array([np.inf, 2.0])
        file["names"] = np.array([b"a", b"b"])
        file["one"] = 7
        file["lost"] = h5py.SoftLink("/nowhere")
    report = inspect_file(tmp_path / "f")
    found = {one["name"]: one for one in report.json["datasets"]}
    assert (found["data"]["mean"], found["data"]["std"]) == (2.0, 1.0)
    assert found["deep/bad"]["inf"] == 1
    assert set(found) == {"data", "deep/bad", "names", "one"}
    assert "mean" not in found["names"]
    assert report.code == 1
    assert list(lines(report))[-1] == "not finite: deep/bad: 1 infinite"


def test_large_datasets_are_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_data, "SAMPLE", 4)
    with h5py.File(tmp_path / "f", "w") as file:
        file["data"] = np.arange(10.0).reshape(5, 2)
    few, every = (
        inspect_file(tmp_path / "f"),
        inspect_file(tmp_path / "f", Options(everything=True)),
    )
    assert few.json["datasets"][0]["rows"] == 2
    assert few.json["datasets"][0]["max"] == 3.0
    assert "--all" in list(lines(few))[-1]
    assert every.json["datasets"][0]["max"] == 9.0


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\x89HDF\r\n\x1a\n" + b"rubbish" * 100)
    with pytest.raises(C2TError, match="HDF5 file, damaged or cut short"):
        inspect_file(tmp_path / "f")
