"""Boxes are drawn into the picture; a mask keeps the numbers of its classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from caffe2torch.predict.answers import Box, Boxes, Choice, Mask
from caffe2torch.predict.drawing import draw, palette


def test_the_colours_are_those_of_voc() -> None:
    rows = np.array(palette()).reshape(256, 3).tolist()
    assert rows[:4] == [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0]]
    assert rows[15] == [192, 128, 128]  # person
    assert len({tuple(row) for row in rows}) == 256


def test_a_mask_is_as_large_as_the_picture(tmp_path: Path) -> None:
    classes = np.array([[0, 15], [15, 0]], np.uint8)
    draw(Mask(classes), np.zeros((3, 4, 6), np.uint8), Choice(), tmp_path / "m.png")
    stored = Image.open(tmp_path / "m.png")
    assert stored.mode == "P"
    assert np.asarray(stored)[:, [0, 5]].tolist() == [[0, 15], [0, 15], [15, 0], [15, 0]]


def test_a_box_is_drawn_where_it_is(tmp_path: Path) -> None:
    pixels = np.zeros((3, 60, 80), np.uint8)
    pixels[0] = 250  # blue
    boxes = Boxes([Box(1, 0.9, (20.0, 10.0, 70.0, 50.0)), Box(2, 0.1, (0.0, 0.0, 5.0, 5.0))])
    draw(boxes, pixels, Choice(), tmp_path / "b.png")
    rgb = np.asarray(Image.open(tmp_path / "b.png"))
    assert rgb[30, 20].tolist() == rgb[50, 70].tolist() == [128, 0, 0]
    assert rgb[30, 45].tolist() == rgb[2, 2].tolist() == [0, 0, 250]
