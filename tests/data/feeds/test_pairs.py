"""Images and their labels move alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.feeds._pairs import (
    Pair,
    checked,
    cropped,
    padded,
    read_labels,
    read_pairs,
    resized,
)
from caffe2torch.errors import DataError, ShapeError


def pair(h: int = 4, w: int = 6) -> Pair:
    places = np.arange(h * w, dtype=np.uint8).reshape(1, h, w)
    return Pair(np.repeat(places, 3, 0), places)


def test_a_list_of_pairs(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("a.jpg  a.png\n\tb.jpg b.png\n\n")
    assert read_pairs(str(path), None) == [("a.jpg", "a.png"), ("b.jpg", "b.png")]
    path.write_text("a.jpg\n\nb.jpg more\n")
    assert read_pairs(str(path), None, both=False) == [("a.jpg", ""), ("b.jpg", "")]
    with pytest.raises(DataError, match="has 3 words"):
        read_pairs(str(path), None)


def test_labels_are_the_gray_values(tmp_path: Path) -> None:
    path = tmp_path / "l.png"
    Image.fromarray(np.array([[0, 3], [255, 7]], np.uint8)).save(path)
    assert read_labels(str(path), None).tolist() == [[[0, 3], [255, 7]]]
    with pytest.raises(DataError, match="nowhere"):
        read_labels("nowhere.png", None)


def test_a_crop_takes_the_same_part_of_both() -> None:
    middle = cropped(pair(), (2, 2), None)
    assert middle.labels.tolist() == [[[8, 9], [14, 15]]]
    np.testing.assert_array_equal(middle.pixels[1], middle.labels[0])
    corners = set()
    for seed in range(60):
        got = cropped(pair(), (2, 2), np.random.default_rng(seed))
        np.testing.assert_array_equal(got.pixels[2], got.labels[0])
        corners.add(int(got.labels[0, 0, 0]))
    assert corners == {6 * y + x for y in range(3) for x in range(5)}
    with pytest.raises(ShapeError, match="larger than the image"):
        cropped(pair(), (5, 2), None)


def test_padding_lies_below_and_on_the_right() -> None:
    got = padded(pair(2, 2), 3, 4, 255)
    assert got.labels.tolist() == [[[0, 1, 255, 255], [2, 3, 255, 255], [255] * 4]]
    assert got.pixels[0].tolist() == [[0, 1, 0, 0], [2, 3, 0, 0], [0] * 4]
    assert padded(pair(), 2, 2, 255).labels.shape == (1, 4, 6)


def test_labels_are_never_mixed() -> None:
    got = resized(pair(4, 4), 8, 8)
    assert got.pixels.shape == (3, 8, 8)
    assert set(got.labels.flatten().tolist()) == set(range(16))
    assert got.labels[0, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_different_sizes_are_refused() -> None:
    with pytest.raises(DataError, match="and its labels"):
        checked(Pair(np.zeros((3, 4, 4)), np.zeros((1, 4, 5))))
