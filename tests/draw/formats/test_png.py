"""A PNG is drawn in the colours of the kinds."""

from __future__ import annotations

import io

from PIL import Image

from caffe2torch.draw import formats
from caffe2torch.draw.scene import Scene


def test_a_png_is_twice_the_size_and_shows_the_colours(lenet: Scene) -> None:
    image = Image.open(io.BytesIO(formats.render(lenet, "png")))
    assert image.format == "PNG"
    assert image.width >= 2 * lenet.plan.width and image.height >= 2 * lenet.plan.height
    colours = {colour for _, colour in image.getcolors(1 << 24)}
    assert {(0xFF, 0x50, 0x50), (0xFF, 0x99, 0x00), (0xCC, 0x33, 0xFF), (255, 255, 255)} <= colours


def test_hostile_names_are_drawn_in_pixels(hostile: Scene) -> None:
    assert Image.open(io.BytesIO(formats.render(hostile, "png"))).width > 500
