"""Single blobs: every form in which their numbers and shapes were written; mean images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch import weights
from caffe2torch.errors import WeightsError
from caffe2torch.format import schema
from caffe2torch.weights.blob import fits
from tests.weights.files import GOLDEN, name_of


def test_forms_of_a_blob(tmp_path: Path) -> None:
    half = np.float32([1.5, -2, 0.25])
    forms = {
        "double": pb.BlobProto(double_data=half, shape=pb.BlobShape(dim=[3])),
        "float16": pb.BlobProto(raw_data=half.astype("<f2").tobytes(), raw_data_type=pb.FLOAT16),
        "raw": pb.BlobProto(raw_data=half.astype("<f4").tobytes(), raw_data_type=pb.FLOAT),
        "legacy": pb.BlobProto(data=half, num=1, channels=1, height=1, width=3),
    }
    for name, blob in forms.items():
        if not blob.HasField("num"):
            blob.shape.dim[:] = [3]
        path = tmp_path / name
        path.write_bytes(blob.SerializeToString())
        np.testing.assert_array_equal(weights.read_mean(path).reshape(-1), half)
    assert weights.read_mean(tmp_path / "legacy").shape == (1, 1, 1, 3)


def test_numbers_that_are_not_packed(tmp_path: Path) -> None:
    one = b"".join(b"\x2d" + np.float32(v).tobytes() for v in (1, 2))
    (tmp_path / "b").write_bytes(
        one + pb.BlobProto(shape=pb.BlobShape(dim=[2])).SerializeToString()
    )
    np.testing.assert_array_equal(weights.read_mean(tmp_path / "b"), [1, 2])


@pytest.mark.parametrize("path", sorted((GOLDEN / "transform").rglob("*.binaryproto")), ids=name_of)
def test_means_read_and_write_back_byte_for_byte(tmp_path: Path, path: Path) -> None:
    mean = weights.read_mean(path)
    assert mean.shape[0] == 1
    weights.write_mean(tmp_path / "m", mean[0])
    assert (tmp_path / "m").read_bytes() == path.read_bytes()


def test_a_mean_has_three_axes(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"\(C, H, W\)"):
        weights.write_mean(tmp_path / "m", np.zeros((2, 2)))
    weights.write_blob(tmp_path / "m", np.zeros((2, 2)))
    assert weights.read_mean(tmp_path / "m").shape == (2, 2)


def test_floats_that_look_like_letters_are_no_text(tmp_path: Path) -> None:
    from caffe2torch.inspect import inspect_file

    letters = np.full((1, 3, 90, 90), np.frombuffer(b"UUiB", np.float32)[0])
    weights.write_blob(tmp_path / "m", letters)
    assert not schema.is_text((tmp_path / "m").read_bytes())
    np.testing.assert_array_equal(weights.read_mean(tmp_path / "m"), letters)
    assert inspect_file(tmp_path / "m").json["kind"] == "blob"


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (pb.BlobProto(data=[1, 2, 3], shape=pb.BlobShape(dim=[2])), "shape 2 has 3 numbers"),
        (pb.BlobProto(data=[1], num=-1, channels=-1, height=1, width=1), "shape -1 -1 1 1 has 1"),
        (pb.BlobProto(raw_data=b"1234", raw_data_type=pb.INT), "3 is not a floating-point type"),
    ],
)
def test_numbers_that_do_not_fit_their_shape(
    tmp_path: Path, blob: pb.BlobProto, message: str
) -> None:
    path = tmp_path / "b"
    path.write_bytes(blob.SerializeToString())
    with pytest.raises(WeightsError, match=message):
        weights.read_mean(path)


def test_a_double_beyond_float32_is_infinite(tmp_path: Path) -> None:
    blob = pb.BlobProto(double_data=[1e300, -1e300], shape=pb.BlobShape(dim=[2]))
    (tmp_path / "b").write_bytes(blob.SerializeToString())
    assert weights.read_mean(tmp_path / "b").tolist() == [np.inf, -np.inf]


def test_legacy_shapes_fit_from_the_right() -> None:
    """Source: Caffe blob.cpp, Blob::ShapeEquals."""
    assert fits((4,), (1, 1, 1, 4), legacy=True)
    assert not fits((4,), (1, 1, 4, 1), legacy=True)
    assert not fits((4,), (1, 1, 1, 4), legacy=False)
    assert not fits((1, 1, 1, 1, 4), (1, 1, 1, 4), legacy=True)


@pytest.mark.parametrize(
    "dims",
    [[10, 2**31, 2**40, 0], [2**62, 2**31, 0, 2**31], [2**31 - 1] * 3 + [0], [1] * 33, [-1, 0]],
)
def test_shapes_that_no_blob_can_have_are_refused(tmp_path: Path, dims: list[int]) -> None:
    path = tmp_path / "m.binaryproto"
    path.write_bytes(pb.BlobProto(shape=pb.BlobShape(dim=dims)).SerializeToString())
    with pytest.raises(WeightsError, match="a blob (has|of shape)"):
        weights.read_mean(path)
