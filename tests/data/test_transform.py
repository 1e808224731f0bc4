"""transform_param against naive loops, and every data layer that real Caffe ran.

Batches are the same, or possible ones where Caffe draws at random.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.fused import Minus
from caffe2torch.data.transform import Transform, output_shape
from caffe2torch.errors import DataError, ShapeError, UnsupportedError
from tests.conftest import GOLDEN
from tools.golden.transform import batches, hdf5_output


def param(text: str) -> pb.TransformationParameter:
    message = pb.TransformationParameter()
    text_format.Parse(text, message)
    return message


def transform(text: str, train: bool = False) -> Transform:
    return Transform(param(text), train)


def images(count: int, shape: tuple[int, int, int], dtype: Any = np.uint8) -> list[np.ndarray]:
    rng = np.random.default_rng(4)
    return [rng.integers(0, 256, shape).astype(dtype) for _ in range(count)]


def reference(
    image: np.ndarray, mean: np.ndarray, scale: float, crop: int, y: int, x: int, flip: bool
) -> np.ndarray:
    """DataTransformer::Transform, pixel by pixel in float32."""
    c, h, w = image.shape
    out = np.empty((c, crop or h, crop or w), np.float32)
    for k, i, j in np.ndindex(*out.shape):
        value = np.float32(image[k, y + i, x + j]) - np.float32(mean[k, y + i, x + j])
        out[k, i, out.shape[2] - 1 - j if flip else j] = value * np.float32(scale)
    return out


def possible(image: np.ndarray, mean: np.ndarray, scale: float, crop: int) -> list[np.ndarray]:
    _, h, w = image.shape
    return [
        reference(image, mean, scale, crop, y, x, flip)
        for y in range(h - crop + 1)
        for x in range(w - crop + 1)
        for flip in (False, True)
    ]


def test_nothing_asked_for_is_the_pixels_in_float32() -> None:
    given = images(2, (3, 4, 5))
    out = transform("")(given, np.random.default_rng(0))
    assert out.dtype == np.float32
    assert (out == np.stack(given)).all()


def test_scale_comes_after_the_mean() -> None:
    out = transform("scale: 0.5 mean_value: 10")([np.full((1, 1, 1), 30, np.uint8)], None)
    assert out.tolist() == [[[[10.0]]]]


def test_one_mean_value_serves_all_channels_and_several_one_each() -> None:
    image = np.full((3, 1, 1), 100, np.uint8)
    assert transform("mean_value: 1")([image], None).ravel().tolist() == [99, 99, 99]
    each = transform("mean_value: 1 mean_value: 2 mean_value: 3")([image], None)
    assert each.ravel().tolist() == [99, 98, 97]


def test_the_crop_is_the_centre_in_test_rounded_down() -> None:
    image = np.arange(30, dtype=np.uint8).reshape(1, 5, 6)
    out = transform("crop_size: 2")([image], None)
    assert out[0, 0].tolist() == [[8, 9], [14, 15]]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_training_draws_each_crop_and_mirroring_and_all_of_them(dtype: Any) -> None:
    image = images(1, (2, 5, 6), dtype)[0]
    mean = np.random.default_rng(5).random((2, 5, 6), dtype=np.float32) * 255
    one = transform("crop_size: 3 mirror: true scale: 0.1", train=True)
    one.mean = mean
    one.minus = Minus(mean, np.float32(0.1))
    candidates = possible(image, mean, 0.1, 3)
    out = one([image] * 800, np.random.default_rng(6))
    drawn = {next(i for i, c in enumerate(candidates) if (item == c).all()) for item in out}
    assert drawn == set(range(len(candidates)))


def test_mirroring_is_random_in_test_too() -> None:
    image = np.array([[[1, 2]]], np.uint8)
    out = transform("mirror: true")([image] * 400, np.random.default_rng(7))
    mirrored = int((out[:, 0, 0, 0] == 2).sum())
    assert 140 < mirrored < 260  # binomial(400, 1/2), six standard deviations


def test_images_of_different_size_come_to_one_crop() -> None:
    given = [np.full((1, 4, 4), 1, np.uint8), np.full((1, 9, 6), 2, np.uint8)]
    out = transform("crop_size: 4", train=True)(given, np.random.default_rng(0))
    assert out.shape == (2, 1, 4, 4)


def test_a_blob_gets_one_crop_and_one_mirroring() -> None:
    x = np.arange(2 * 25, dtype=np.float32).reshape(2, 1, 5, 5)
    one = transform("crop_size: 2 mirror: true mean_value: 1 scale: 2", train=True)
    for seed in range(20):
        out = one.blob(x, np.random.default_rng(seed))
        assert out.shape == (2, 1, 2, 2)
        assert (out[1] - out[0] == 50).all()  # same pixels of both images: 25 apart, times 2


def test_the_same_seed_draws_the_same() -> None:
    given = images(8, (3, 9, 9))
    one = transform("crop_size: 4 mirror: true", train=True)
    first, again = (one(given, np.random.default_rng(1)) for _ in range(2))
    assert (first == again).all()
    assert (first != one(given, np.random.default_rng(2))).any()


@pytest.mark.parametrize("size", [(3, 200, 210), (3, 20, 21)], ids=["large", "small"])
@pytest.mark.parametrize("odd", [None, 0, 4], ids=["alike", "first-odd", "later-odd"])
def test_decoding_image_by_image_gives_what_a_list_of_images_gives(
    size: tuple[int, int, int], odd: int | None
) -> None:
    given = images(6, size)
    if odd is not None:
        given[odd] = images(1, (3, 230, 220))[0]
    interleaved = [image.transpose(1, 2, 0).copy().transpose(2, 0, 1) for image in given]
    text = f"mirror: true crop_size: {size[1] - 9} mean_value: 3"
    want, one = transform(text, train=True), transform(text, train=True)
    for seed in range(3):
        expected = want(given, np.random.default_rng(seed))
        for pixels in (given, interleaved):
            got = one.decoded(6, pixels.__getitem__, np.random.default_rng(seed))
            assert (got == expected).all()


def test_an_odd_image_among_those_that_are_decoded_one_by_one_is_named() -> None:
    given = [np.zeros((3, 200, 200), np.uint8), np.zeros((3, 100, 200), np.uint8)]
    for text, words in (("", "record 1 is 3x100x200"), ("crop_size: 150", "record 1: crop_size")):
        with pytest.raises((DataError, ShapeError), match=words):
            transform(text).decoded(
                2, given.__getitem__, np.random.default_rng(0), lambda i: f"record {i}"
            )


@pytest.mark.parametrize(
    ("text", "shape", "field", "words"),
    [
        ("crop_size: 9", (3, 4, 20), "crop_size", "crop_size 9 is larger.*4 high, 20 wide"),
        ("mean_value: 1 mean_value: 2", (3, 4, 4), "mean_value", "2 mean_value for 3 channels"),
        ("mean_value: 1 mean_value: 2", (1, 4, 4), "mean_value", "2 mean_value for 1 channels"),
        ("mean_file: 'x' mean_value: 2", (1, 4, 4), "mean_value", "are both set"),
    ],
)
def test_what_caffe_refuses_names_the_field(
    text: str, shape: tuple[int, int, int], field: str, words: str
) -> None:
    with pytest.raises(ShapeError, match=words) as caught:
        output_shape(param(text), shape)
    assert caught.value.field == f"transform_param.{field}"
    assert caught.value.hint


def test_a_mean_of_another_size_is_refused() -> None:
    one = transform("crop_size: 2")
    one.mean = np.zeros((3, 4, 4), np.float32)
    with pytest.raises(ShapeError, match=r"is 3x4x4, and the image is 3x5x4 \(before cropping\)"):
        one([np.zeros((3, 5, 4), np.uint8)], None)


def test_a_batch_of_two_sizes_names_the_odd_one() -> None:
    given = [np.zeros((3, 4, 6), np.uint8), np.zeros((3, 5, 6), np.uint8)]
    with pytest.raises(DataError, match="record 1 is 3x5x6, and the batch began with 3x4x6"):
        transform("")(given, None, describe=lambda i: f"record {i}")


def test_a_missing_mean_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='mean_file "no.binaryproto" does not exist') as caught:
        Transform(param("mean_file: 'no.binaryproto'"), True, str(tmp_path))
    assert str(tmp_path) in str(caught.value)


def test_a_forks_field_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="transform_param.resize_param is a fork's"):
        transform("resize_param { height: 3 width: 3 }")


PART = GOLDEN / "transform"

INDEX = json.loads((PART / "index.json").read_text())


@pytest.mark.parametrize("case", INDEX["cases"], ids=[case["name"] for case in INDEX["cases"]])
def test_a_layer_gives_what_caffes_gave(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PART)
    assert batches(case).problems == []


def test_hdf5_output_writes_what_caffes_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PART)
    assert hdf5_output(INDEX["hdf5_output"]).problems == []
