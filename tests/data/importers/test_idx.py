"""idx files in every number type, and what is wrong with broken ones."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.data.importers import idx
from caffe2torch.errors import DataError


def encoded(array: np.ndarray, code: int, type_: str) -> bytes:
    """An idx file, written from the format's description."""
    head = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(type_).tobytes()


@pytest.mark.parametrize(
    ("code", "type_"),
    [(0x08, "u1"), (0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_every_type_is_read(tmp_path: Path, code: int, type_: str, pack) -> None:
    array = np.array([[1, 2, 3], [100, 0, 5]])
    (tmp_path / "f").write_bytes(pack(encoded(array, code, type_)))
    read = idx.read(tmp_path / "f")
    assert read.dtype == np.dtype(type_)
    assert np.array_equal(read, array)


def test_grey_images_get_one_channel(tmp_path: Path) -> None:
    array = np.arange(24).reshape(2, 3, 4)
    (tmp_path / "f").write_bytes(encoded(array, 8, "u1"))
    images = idx.read_images(tmp_path / "f")
    assert images.shape == (2, 1, 3, 4)
    assert images.dtype == np.uint8
    assert np.array_equal(images[:, 0], array)


def test_images_with_channels_keep_them(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(encoded(np.zeros((2, 3, 4, 5)), 8, "u1"))
    assert idx.read_images(tmp_path / "f").shape == (2, 3, 4, 5)


def test_labels_are_plain_integers(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(encoded(np.array([9, 0, 3]), 8, "u1"))
    assert idx.read_labels(tmp_path / "f") == [9, 0, 3]


GOOD = encoded(np.arange(24).reshape(2, 3, 4), 8, "u1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no idx file: it is empty"),
        (b"\x89PNG\r\n", "no idx file: it starts with 89 50 4e 47"),
        (bytes([0, 0, 7, 1]), "no idx file: it starts with 00 00 07 01"),
        (GOOD[:-1], r"cut off: 39 bytes, but \(2, 3, 4\) needs 40"),
        (GOOD[:9], "cut off"),
        (GOOD + b"x", "too long: 41 bytes"),
        (gzip.compress(GOOD)[:-9], "broken gzip file"),
        (b"\x1f\x8bnot gzip", "broken gzip file"),
    ],
    ids=[
        "empty",
        "an image",
        "an unknown type",
        "one byte short",
        "cut in the header",
        "one byte long",
        "gzip cut off",
        "not gzip",
    ],
)
def test_broken_files_are_named_with_the_reason(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(DataError, match=f"broken: {message}"):
        idx.read(tmp_path / "broken")


def test_swapped_files_are_recognised(tmp_path: Path) -> None:
    (tmp_path / "images").write_bytes(GOOD)
    (tmp_path / "labels").write_bytes(encoded(np.array([1, 2]), 8, "u1"))
    with pytest.raises(DataError, match="no images.*are the two files swapped"):
        idx.read_images(tmp_path / "labels")
    with pytest.raises(DataError, match="no labels.*are the two files swapped"):
        idx.read_labels(tmp_path / "images")


def test_images_that_are_not_bytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(encoded(np.zeros((2, 3, 4)), 0x0D, ">f4"))
    with pytest.raises(DataError, match="no images: it holds float32"):
        idx.read_images(tmp_path / "f")


def test_labels_that_are_not_integers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(encoded(np.zeros(2), 0x0D, ">f4"))
    with pytest.raises(DataError, match="no labels: it holds float32"):
        idx.read_labels(tmp_path / "f")


@pytest.mark.parametrize(
    ("axes", "sizes", "message"),
    [
        (65, [1] * 65, "no idx file: it has 65 axes"),
        (255, [0] * 255, "no idx file: it has 255 axes"),
        (3, [0, 2**32 - 1, 2**32 - 1], "no idx file: it holds nothing, in shape"),
    ],
)
def test_shapes_that_numpy_has_not_are_refused(
    tmp_path: Path, axes: int, sizes: list[int], message: str
) -> None:
    path = tmp_path / "f.idx"
    path.write_bytes(bytes([0, 0, 8, axes]) + struct.pack(f">{axes}I", *sizes) + b"x")
    if not all(sizes):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=message):
        idx.read(path)
