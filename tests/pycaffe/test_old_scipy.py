"""Pictures as scipy.misc read, scaled, resized and wrote them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.pycaffe import old_scipy as misc


def test_values_other_than_bytes_are_spread_from_0_to_255() -> None:
    assert misc.bytescale(np.array([-1.0, 0.0, 1.0])).tolist() == [0, 128, 255]
    assert misc.bytescale(np.array([1, 3])).tolist() == [0, 255]
    assert misc.bytescale(np.full(2, 7.0)).tolist() == [0, 0]
    assert misc.bytescale(np.array([0.0, 2.0]), cmin=0, cmax=4).tolist() == [0, 128]
    assert misc.bytescale(np.array([0.0, 9.0]), high=10, low=2).tolist() == [2, 10]
    same = np.array([3, 4], np.uint8)
    assert misc.bytescale(same) is same


def test_a_picture_goes_out_and_comes_in(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(256, size=(4, 5, 3), dtype=np.uint8)
    file = str(tmp_path / "x.png")
    misc.imsave(file, pixels)
    np.testing.assert_array_equal(misc.imread(file), pixels)
    gray = misc.imread(file, flatten=True)
    assert (gray.shape, gray.dtype) == ((4, 5), np.float32)
    np.testing.assert_allclose(gray, pixels @ [0.299, 0.587, 0.114], atol=1)
    assert misc.imread(file, mode="L").shape == (4, 5)
    misc.imsave(file, np.eye(2))
    assert misc.imread(file).tolist() == [[255, 0], [0, 255]]


def test_channels_are_where_three_or_four_of_them_are() -> None:
    first = np.zeros((3, 5, 6), np.uint8)
    first[0, 1, 2] = 9
    image = misc.toimage(first)
    assert (image.mode, image.size, image.getpixel((2, 1))) == ("RGB", (6, 5), (9, 0, 0))
    assert misc.toimage(np.zeros((5, 6, 4), np.uint8)).mode == "RGBA"
    for shape in ((5, 6, 2), (2,), (1, 5, 6, 3)):
        with pytest.raises(ValueError, match="suitable array shape"):
            misc.toimage(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="suitable array shape"):
        misc.imsave("x.png", first)  # written pictures have their channels last


@pytest.mark.parametrize(
    ("size", "shape"), [((3, 8), (3, 8, 3)), (50, (2, 3, 3)), (2.0, (8, 12, 3)), (0.5, (2, 3, 3))]
)
def test_a_size_is_a_shape_a_percentage_or_a_fraction(size: object, shape: object) -> None:
    pixels = np.full((4, 6, 3), 7, np.uint8)
    resized = misc.imresize(pixels, size)
    assert (resized.shape, resized.dtype) == (shape, np.uint8)
    assert (resized == 7).all()


def test_resizing_is_bilinear_unless_told() -> None:
    pixels = np.array([[0, 100]], np.uint8)
    assert misc.imresize(pixels, (1, 4)).tolist() == [[0, 25, 75, 100]]
    assert misc.imresize(pixels, (1, 4), interp="nearest").tolist() == [[0, 0, 100, 100]]
    with pytest.raises(KeyError):
        misc.imresize(pixels, (1, 4), interp="sharp")


def test_modes_keep_values_or_take_a_palette() -> None:
    values = np.array([[0.5, 300.0]])
    assert misc.fromimage(misc.toimage(values, mode="F")).tolist() == [[0.5, 300.0]]
    assert misc.fromimage(misc.toimage(values, mode="I")).tolist() == [[0, 300]]
    indexed = misc.toimage(np.array([[0, 1]], np.uint8), pal=[[1, 2, 3], [4, 5, 6]], mode="P")
    assert np.array(indexed.convert("RGB")).tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_what_has_moved_is_taken_from_there() -> None:
    pytest.importorskip("scipy")
    assert misc.factorial(4) == 24
    with pytest.raises(AttributeError, match=r"scipy\.misc.*has no attribute 'lena'"):
        _ = misc.lena
    assert Image.Resampling.LANCZOS is misc.FILTERS["lanczos"]
