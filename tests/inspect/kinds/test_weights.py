"""A caffemodel, binary or HDF5: shapes, statistics, what is not finite, what is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError
from caffe2torch.inspect import Report, inspect_file
from caffe2torch.inspect.render import lines
from caffe2torch.weights import read_weights, write_caffemodel, write_caffemodel_h5
from tests.conftest import GOLDEN

VALUES = np.array([[1, 2, 3], [4, 5, 9]], np.float32)  # mean 4, variance 40 / 6


def blobs(report: Report, layer: str) -> list[dict]:
    return next(one["blobs"] for one in report.json["layers"] if one["name"] == layer)


def caffemodel(path: Path, array: np.ndarray, name: str = "ip") -> Path:
    net = pb.NetParameter(name="n", layer=[pb.LayerParameter(name=name, type="InnerProduct")])
    write_caffemodel(path, net, {name: [array]})
    return path


def test_statistics_are_those_of_the_numbers(tmp_path: Path) -> None:
    report = inspect_file(caffemodel(tmp_path / "any.name", VALUES))
    (blob,) = blobs(report, "ip")
    assert blob.pop("std") == pytest.approx((40 / 6) ** 0.5)
    assert blob == {
        "shape": [2, 3], "count": 6, "mean": 4.0, "min": 1.0, "max": 9.0, "nan": 0, "inf": 0,
    }  # fmt: skip
    assert (report.code, report.kind, report.json["parameters"]) == (0, "weights", 6)
    assert list(lines(report))[-1] == "all of them finite"


@pytest.mark.parametrize("path", sorted((GOLDEN / "solvers").glob("snap_*/*.caffemodel*")), ids=str)
def test_caffes_own_snapshots_are_read(path: Path) -> None:
    report = inspect_file(path)
    weights = read_weights(path)
    for name, arrays in weights.items():
        for array, blob in zip(arrays, blobs(report, name), strict=True):
            if array is not None:
                assert blob["mean"] == pytest.approx(float(np.mean(array, dtype=np.float64)))
                assert blob["max"] == float(array.max())
    assert report.json["format"] == ("HDF5" if path.suffix == ".h5" else "binary")


@pytest.mark.parametrize("name", ["bin_v0", "bin_v1", "bin_double"])
def test_old_and_double_files_are_read(name: str) -> None:
    path = GOLDEN / "upgrade" / f"{name}.in.caffemodel"
    total = sum(a.size for arrays in read_weights(path).values() for a in arrays if a is not None)
    assert inspect_file(path).json["parameters"] == total > 0


@pytest.mark.parametrize("form", ["binary", "hdf5", "safetensors"])
def test_what_is_not_finite_is_counted_and_fails(tmp_path: Path, form: str) -> None:
    bad = np.array([1, np.nan, np.inf, -np.inf, 3], np.float32)
    path = tmp_path / "weights"
    if form == "binary":
        caffemodel(path, bad)
    elif form == "hdf5":
        write_caffemodel_h5(path, {"ip": [bad]})
    else:
        save_file({"ip": bad}, path)
    report = inspect_file(path)
    (blob,) = blobs(report, "ip")
    assert (blob["nan"], blob["inf"], blob["mean"], blob["max"]) == (1, 2, 2.0, 3.0)
    assert report.code == 1
    assert list(lines(report))[-1] == "layer 'ip', blob 0: 1 NaN and 2 infinite of 5"


def test_nothing_but_nan_has_no_mean(tmp_path: Path) -> None:
    report = inspect_file(caffemodel(tmp_path / "w", np.full(3, np.nan, np.float32)))
    (blob,) = blobs(report, "ip")
    assert [blob[key] for key in ("mean", "std", "min", "max")] == [None] * 4


def test_a_shared_parameter_of_hdf5_is_said_to_be_so(tmp_path: Path) -> None:
    write_caffemodel_h5(tmp_path / "w", {"a": [VALUES, VALUES], "b": [None, VALUES]})
    report = inspect_file(tmp_path / "w")
    assert blobs(report, "b")[0] is None
    assert any(line.split()[:3] == ["b", "0", "shared"] for line in lines(report))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_file_that_is_cut_short_says_so(tmp_path: Path, share: float) -> None:
    path = caffemodel(tmp_path / "w", np.ones(5000, np.float32))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(C2TError, match=r"no whole caffemodel: the field at byte \d+ has \d+ bytes"):
        inspect_file(path)


def test_zeros_in_the_middle_are_damage(tmp_path: Path) -> None:
    net = pb.NetParameter(layer=[pb.LayerParameter(name=n, type="InnerProduct") for n in "abc"])
    write_caffemodel(tmp_path / "w", net, {n: [np.ones(100, np.float32)] for n in "abc"})
    data = bytearray((tmp_path / "w").read_bytes())
    data[430:900] = bytes(470)
    (tmp_path / "w").write_bytes(data)
    with pytest.raises(C2TError, match="no whole caffemodel"):
        inspect_file(tmp_path / "w")


def test_a_hdf5_file_that_is_cut_short_says_so(tmp_path: Path) -> None:
    write_caffemodel_h5(tmp_path / "w", {"a": [np.ones(5000, np.float32)]})
    data = (tmp_path / "w").read_bytes()
    (tmp_path / "w").write_bytes(data[: len(data) // 2])
    with pytest.raises(C2TError, match="HDF5 file, damaged or cut short"):
        inspect_file(tmp_path / "w")
