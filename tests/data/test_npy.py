"""Arrays of NumPy's files: as NumPy reads them, or one error."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.data.npy import load_npy, load_npz, read_npy
from caffe2torch.errors import DataError


def stored(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def header(text: str) -> bytes:
    """A .npy file of nothing but a header."""
    line = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line


@pytest.mark.parametrize(
    "array",
    [np.arange(24, dtype="f4").reshape(2, 3, 4), np.asfortranarray(np.arange(6).reshape(2, 3)),
     np.zeros(()), np.zeros((0, 3)), np.arange(4, dtype=">i2")],
)  # fmt: skip
def test_arrays_read_as_numpy_reads_them(array: np.ndarray) -> None:
    read = read_npy(io.BytesIO(stored(array)), "f")
    assert read.dtype == array.dtype
    assert np.array_equal(read, array)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no .npy file"),
        (b"\x93NUMPY", "no .npy file"),
        (b"\x93NUMPY\x07\x00", "no .npy file"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,"), "no .npy file"),
        (header("__import__('os').system('true')"), "no .npy file"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"), "cut off: 0 bytes"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (2**40,), }"), "no .npy file"),
        (
            header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }"),
            "more than its file can hold",
        ),
        (
            header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"),
            "more than its file",
        ),
        (
            header(
                f"{{'descr': '<f4', 'fortran_order': False, 'shape': {(1 << 62, 1 << 62, 0)}, }}"
            ),
            "no .npy file",
        ),
        (header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), "it holds object"),
        (
            header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"),
            "not numbers",
        ),
    ],
)
def test_what_is_no_array_is_one_error(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "f.npy").write_bytes(data)
    with pytest.raises(DataError, match=message):
        load_npy(tmp_path / "f.npy")


def test_an_archive_is_read_and_a_bomb_is_not(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.ones((3, 4)), y=np.arange(3))
    assert load_npz(tmp_path / "a.npz")["x"].shape == (3, 4)
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({300 << 20},), }}"
        archive.writestr("x.npy", header(text) + bytes(1 << 20))
    with pytest.raises(DataError, match="more than its file can hold"):
        load_npz(tmp_path / "b.npz")


@pytest.mark.parametrize("cut", [0, 10, 100, 200])
def test_a_damaged_archive_is_one_error(tmp_path: Path, cut: int) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((3, 4)))
    data = bytearray((tmp_path / "a.npz").read_bytes())
    data[cut : cut + 40] = bytes(40)
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(DataError):
        load_npz(tmp_path / "a.npz")
