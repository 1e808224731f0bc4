"""The first look at a file tells text, messages, HDF5 and logs apart, by content alone."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import DataError
from caffe2torch.inspect.head import END, START, Head


def head(folder: Path, data: str | bytes) -> Head:
    path = folder / "x"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return Head.of(str(path))


def test_a_text_has_the_fields_of_its_top_level(tmp_path: Path) -> None:
    text = head(tmp_path, 'name: "n" layer { type: "ReLU" } # base_lr: 1')
    assert text.is_text and not text.is_log
    assert text.fields == {"name", "layer"}
    assert (text.message, text.hdf5) == ("", None)


def test_a_broken_net_has_the_fields_of_any_level(tmp_path: Path) -> None:
    assert head(tmp_path, 'name: "n"\nlayer {\n  type: "ReLU"\n').fields >= {"name", "layer"}
    assert head(tmp_path, "Dear reader:\n  this is { no net").fields == frozenset()


def test_a_log_has_no_fields(tmp_path: Path) -> None:
    log = head(tmp_path, 'I0101 10:11:12.13 5 net.cpp:1]\nname: "n"\nlayer { }\n')
    assert log.is_log and log.fields == frozenset()


def test_a_binary_message_is_no_text(tmp_path: Path) -> None:
    binary = head(tmp_path, pb.SolverParameter(net="n", base_lr=1).SerializeToString())
    assert not binary.is_text and binary.text == "" and binary.fields == frozenset()
    assert binary.message == "SolverParameter"


def test_only_the_ends_of_a_large_file_are_read(tmp_path: Path) -> None:
    large = head(tmp_path, b"a" * START + b"b" * START + b"c" * END)
    assert (large.start, large.end) == (b"a" * START, b"c" * END)
    assert large.size == 2 * START + END


def test_hdf5_tells_its_groups(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x", "w") as file:
        file.create_group("data")
        file["label"] = [1, 2]
    assert Head.of(str(tmp_path / "x")).hdf5 == {"data": True, "label": False}
    cut = (tmp_path / "x").read_bytes()[:100]
    with pytest.raises(DataError, match="damaged or cut short"):
        _ = head(tmp_path, cut).hdf5


def test_folders_and_what_cannot_be_read(tmp_path: Path) -> None:
    folder = Head.of(str(tmp_path))
    assert folder.folder and not folder.is_text and folder.message == ""
    with pytest.raises(DataError, match="is empty"):
        head(tmp_path, b"")
    with pytest.raises(DataError, match="none cannot be read: No such file"):
        Head.of(str(tmp_path / "none"))
