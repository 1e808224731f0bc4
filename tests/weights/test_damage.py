"""Files of another kind, cut short or damaged: one message each, never another exception."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import weights
from caffe2torch.errors import WeightsError
from caffe2torch.weights import SolverState
from tests.weights.files import ARRAYS, READERS, small_files, small_net


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "is empty"),
        (b"name: 'x'\nlayer { }\n", "is text"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"\x1f\x8b\x08\0", "compressed with gzip"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"\0" * 50, "no field begins at byte 0"),
        (b"\xff" * 20 + b"\0", "the number at byte 0 does not end"),
        (b"\x0b\x00", "wire type 3"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 40, "HDF5|no whole"),
    ],
)
def test_other_kinds_of_file(tmp_path: Path, kind: str, data: bytes, match: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=match):
        READERS[kind](path)


@pytest.mark.parametrize("kind", READERS)
def test_files_of_caffe_of_another_kind(tmp_path: Path, kind: str) -> None:
    weights.write_caffemodel(tmp_path / "caffemodel", small_net(), ARRAYS)
    weights.write_solverstate(tmp_path / "solverstate", SolverState(1, "w", 0, [np.ones(2)]))
    weights.write_mean(tmp_path / "binaryproto", np.ones((1, 2, 2)))
    weights.write_caffemodel_h5(tmp_path / "caffemodel.h5", ARRAYS)
    weights.write_solverstate(tmp_path / "solverstate.h5", SolverState())
    for other in tmp_path.iterdir():
        if other.stem != kind:
            with pytest.raises(WeightsError):
                READERS[kind](other)
        elif other.suffix != ".h5" or kind != "binaryproto":
            READERS[kind](other)


@pytest.mark.parametrize("kind", READERS)
def test_a_missing_file_and_a_folder(tmp_path: Path, kind: str) -> None:
    for path in (tmp_path, tmp_path / "nosuch"):
        with pytest.raises(WeightsError, match="cannot be read"):
            READERS[kind](path)


@pytest.mark.parametrize("kind", READERS)
def test_truncation_at_every_byte_is_an_error_or_ends_between_fields(
    tmp_path: Path, kind: str
) -> None:
    data = small_files(tmp_path)[kind]
    path = tmp_path / "cut"
    whole = 0
    for size in range(len(data)):
        path.write_bytes(data[:size])
        try:
            READERS[kind](path)
            whole += 1
        except WeightsError as error:
            assert str(path) in str(error)
    assert whole <= 4


@pytest.mark.parametrize("kind", READERS)
def test_flipped_bytes_never_give_another_exception(tmp_path: Path, kind: str) -> None:
    data = small_files(tmp_path)[kind]
    path, refused = tmp_path / "flipped", 0
    for at in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            path.write_bytes(data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :])
            try:
                READERS[kind](path)
            except WeightsError:
                refused += 1
    assert refused > len(data) // 4
