"""Arrays as pictures: their range, their size, and many on a sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.inspect.picture import ALONE, GAP, LINE, TILE, sheet, stretched, write


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0, 2, 255], [0, 2, 255]),  # pixels already
        ([0, 0.5, 1], [0, 128, 255]),
        ([-1, 0, 3], [0, 64, 255]),
        ([0, 128, 256], [0, 128, 255]),
        ([5, 5, 5], [5, 5, 5]),
        ([0, 0, 0], [0, 0, 0]),
    ],
)
def test_values_go_from_black_to_white(values: list[float], shown: list[int]) -> None:
    assert stretched(np.array([values]))[0].tolist() == [shown]


def test_the_range_is_told_and_what_is_not_finite_is_black() -> None:
    image, words = stretched(np.array([[np.nan, -1.0, np.inf, 1.0]]))
    assert words == "-1 as black to 1 as white"
    assert image.tolist() == [[128, 0, 128, 255]]  # 0 lies in the middle
    assert stretched(np.array([[1.0, 200.0]]))[1] == "values as they are"


def test_one_picture_is_enlarged_by_a_whole_factor() -> None:
    image = sheet([np.arange(6, dtype=np.uint8).reshape(1, 2, 3)])
    assert image.size == (3 * (ALONE // 3), 2 * (ALONE // 3))
    assert sheet([np.zeros((1, 300, 400), np.uint8)]).size == (400, 300)


def test_a_sheet_is_as_square_as_it_can_be_with_words_below() -> None:
    tiles = [np.full((1, 4, 4), 10 * i, np.uint8) for i in range(5)]
    image = sheet(tiles, ["word"] * 5)
    width, height = TILE + GAP, TILE + GAP + LINE
    assert image.size == (3 * width + GAP, 2 * height + GAP)
    for i, tile in enumerate(tiles):
        at = (i % 3 * width + GAP + 1, i // 3 * height + GAP + 1)
        assert image.getpixel(at) == (int(tile[0, 0, 0]),) * 3
    assert image.getpixel((2 * width + GAP + 1, height + GAP + 1)) == (255, 255, 255)


def test_large_tiles_are_reduced() -> None:
    image = sheet([np.zeros((1, 200, 100), np.uint8)] * 2)
    assert image.size == (2 * (TILE // 2 + GAP) + GAP, TILE + 2 * GAP)


def test_three_channels_are_blue_green_red_and_two_are_gray_each(tmp_path: Path) -> None:
    colours = np.zeros((3, 1, 1), np.uint8)
    colours[:, 0, 0] = 50, 100, 200
    write(sheet([colours]), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.getpixel((0, 0)) == (200, 100, 50)
    shown = np.unique(np.asarray(sheet([colours[:2]])))
    assert shown.tolist() == [50, 100, 255]  # two tiles and the paper
