"""caffe.io against scikit-image, which pycaffe used, and against arithmetic written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.pycaffe import io


def test_load_image_gives_rgb_from_0_to_1(tmp_path: Path) -> None:
    file = tmp_path / "x.png"
    pixels = np.array([[[255, 0, 51], [0, 102, 0]]], np.uint8)
    Image.fromarray(pixels).save(file)
    np.testing.assert_allclose(io.load_image(file), pixels / 255, atol=1e-7)
    gray = io.load_image(file, color=False)
    np.testing.assert_allclose(gray[0, :, 0], [0.2125 + 0.0721 * 0.2, 0.7154 * 0.4], atol=1e-6)
    with file.open("rb") as stream:
        np.testing.assert_array_equal(io.load_image(stream), io.load_image(file))
        assert not stream.closed
    alpha = np.dstack([pixels, np.full((1, 2), 9, np.uint8)])
    Image.fromarray(alpha).save(file)
    np.testing.assert_allclose(io.load_image(file), pixels / 255, atol=1e-7)
    Image.fromarray(np.array([[0, 51]], np.uint8)).save(file)
    np.testing.assert_allclose(io.load_image(file), [[[0] * 3, [0.2] * 3]], atol=1e-7)
    assert io.load_image(file, color=False).shape == (1, 2, 1)


def test_oversample_takes_corners_centre_and_mirrors() -> None:
    image = np.arange(30, dtype=np.float32).reshape(5, 6, 1)
    crops = io.oversample([image], (3, 2))
    assert crops.shape == (10, 3, 2, 1)
    np.testing.assert_array_equal(crops[:5, 0, 0, 0], [0, 4, 12, 16, 8])
    np.testing.assert_array_equal(crops[5:], crops[:5, :, ::-1])


def test_the_transformer_does_its_steps_in_order_and_back() -> None:
    transformer = io.Transformer({"data": (1, 3, 4, 5)})
    transformer.set_transpose("data", (2, 0, 1))
    transformer.set_channel_swap("data", (2, 1, 0))
    transformer.set_raw_scale("data", 255)
    transformer.set_mean("data", np.array([10.0, 20, 30]))
    transformer.set_input_scale("data", 0.5)
    image = np.random.default_rng(0).random((4, 5, 3))
    blob = transformer.preprocess("data", image)
    expected = (image[:, :, ::-1] * 255 - [10, 20, 30]) * 0.5
    np.testing.assert_allclose(blob, expected.transpose(2, 0, 1), rtol=1e-5)
    np.testing.assert_allclose(transformer.deprocess("data", blob[None]), image, atol=1e-6)


def test_a_mean_of_another_size_is_resized() -> None:
    transformer = io.Transformer({"data": (1, 3, 4, 5)})
    transformer.set_mean("data", np.random.default_rng(0).random((3, 8, 9)))
    assert transformer.mean["data"].shape == (3, 4, 5)
    assert transformer.mean["data"].dtype == np.float32


def test_no_factor_is_none_and_takes_the_place_of_one() -> None:
    transformer = io.Transformer({"data": (1, 3, 2, 2)})
    image = np.random.default_rng(0).random((2, 2, 3))
    for set_scale in (transformer.set_raw_scale, transformer.set_input_scale):
        set_scale("data", 4)
        set_scale("data", None)
    assert (transformer.raw_scale, transformer.input_scale) == ({"data": None}, {"data": None})
    np.testing.assert_allclose(transformer.preprocess("data", image), image, rtol=1e-6)
    np.testing.assert_allclose(transformer.deprocess("data", image), image)


def test_an_array_without_height_and_width_is_taken_as_it_is() -> None:
    transformer = io.Transformer({"data": (2, 5)})
    transformer.set_raw_scale("data", 2)
    values = np.arange(5.0)
    np.testing.assert_array_equal(transformer.preprocess("data", values), 2 * values)


def test_a_list_of_sizes_resizes_always_and_spares_the_callers_array() -> None:
    image = np.random.default_rng(0).random((2, 2, 3)).astype(np.float32)
    before = image.copy()
    for sizes, spared in (([1, 3, 2, 2], True), ((1, 3, 2, 2), False)):
        transformer = io.Transformer({"data": sizes})
        transformer.set_raw_scale("data", 2)
        np.testing.assert_allclose(transformer.preprocess("data", image), 2 * before, rtol=1e-5)
        assert (image == before).all() == spared


@pytest.mark.parametrize(
    ("kind", "shape", "size"),
    [
        (RuntimeError, (4, 5), (2, 2)),
        (RuntimeError, (4, 5, 2), (2,)),
        (RuntimeError, (4, 4, 5, 2), (2, 2)),
        (ValueError, (4, 4, 5, 3), (2, 2)),
        (ValueError, (4, 5, 3), (2,)),
        (ValueError, (4, 5, 3), (-1, 2)),
    ],
)
def test_what_is_no_image_is_not_resized(
    kind: type[Exception], shape: tuple[int, ...], size: tuple[int, ...]
) -> None:
    with pytest.raises(kind):
        io.resize_image(np.random.default_rng(0).random(shape), size)


def test_a_plane_of_one_or_three_columns_is_resized_as_scikit_image_does_it() -> None:
    plane = np.random.default_rng(0).random((8, 3))
    as_image = io.resize_image(plane[..., None], (4, 6))[..., 0]
    np.testing.assert_allclose(io.resize_image(plane, (4, 6)), as_image, atol=1e-6)
    assert io.resize_image(plane[..., None], (0, 4)).shape == (0, 4, 1)


@pytest.mark.parametrize("wrong", [3, None, [1], 2.5, np.zeros((2, 2, 3))])
def test_what_is_no_file_is_no_image(wrong: object) -> None:
    with pytest.raises(OSError, match="the name of a file or an open file"):
        io.load_image(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "images", "size"),
    [
        (IndexError, [], (2, 2)),
        (IndexError, [np.zeros((4, 4))], (2, 2)),
        (IndexError, [np.zeros((4, 4, 1))], 2),
        (TypeError, [np.zeros((4, 4, 1))], (2.0, 2.0)),
    ],
)
def test_what_cannot_be_cropped_is_refused(
    kind: type[Exception], images: list[np.ndarray], size: object
) -> None:
    with pytest.raises(kind):
        io.oversample(images, size)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda t: t.set_raw_scale("image", 1), Exception, "image is not one of the net inputs"),
        (lambda t: t.set_transpose("data", (1, 0)), Exception, "Transpose order needs"),
        (lambda t: t.set_channel_swap("data", (1, 0)), Exception, "Channel swap needs"),
        (lambda t: t.set_mean("data", np.zeros(4)), ValueError, "Mean channels incompatible"),
        (lambda t: t.set_mean("data", np.zeros((1,) * 4)), ValueError, "Mean shape invalid"),
    ],
)
def test_what_does_not_fit_is_refused_in_pycaffes_words(
    call: object, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        call(io.Transformer({"data": (1, 3, 4, 5)}))  # type: ignore[operator]


def test_arrays_go_through_messages_and_back() -> None:
    random = np.random.default_rng(0)
    array = random.random((2, 3)).astype(np.float32)
    blob = io.array_to_blobproto(array, diff=2 * array)
    np.testing.assert_array_equal(io.blobproto_to_array(blob), array)
    assert io.blobproto_to_array(blob).dtype == np.float64  # whatever protobuf's containers give
    np.testing.assert_array_equal(io.blobproto_to_array(blob, return_diff=True), 2 * array)
    old = pb.BlobProto(num=1, channels=1, height=2, width=3, data=array.flat)
    assert io.blobproto_to_array(old).shape == (1, 1, 2, 3)
    text = io.arraylist_to_blobprotovector_str([array, array[0]])
    assert [a.shape for a in io.blobprotovector_str_to_arraylist(text)] == [(2, 3), (3,)]
    pixels = random.integers(256, size=(3, 2, 4), dtype=np.uint8)
    datum = io.array_to_datum(pixels, 5)
    assert (datum.label, len(datum.data), len(datum.float_data)) == (5, 24, 0)
    np.testing.assert_array_equal(io.datum_to_array(datum), pixels)
    floats = random.random((3, 2, 4)).astype(np.float32)
    np.testing.assert_array_equal(io.datum_to_array(io.array_to_datum(floats)), floats)
    with pytest.raises(ValueError, match="Incorrect array shape"):
        io.array_to_datum(array)
