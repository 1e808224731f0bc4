"""Pictures of what a net sees: boxes drawn into the picture, and masks in the colours of VOC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch.atomic import replacing
from caffe2torch.predict.answers import Boxes, Choice, Mask


def palette() -> list[int]:
    """256 colours, red, green and blue after each other, no two classes alike.

    Source: PASCAL VOC development kit, VOClabelcolormap: the bits of a class go to the highest
            bits of the three channels in turn
    """
    values = []
    for label in range(256):
        colour = [0, 0, 0]
        for bit in range(8):
            colour[bit % 3] |= (label >> bit & 1) << (7 - bit // 3)
        values += colour
    return values


def draw(answer: Boxes | Mask, pixels: NDArray[Any], choice: Choice, path: Path) -> None:
    """Write a PNG of the picture (C, H, W) uint8, B,G,R or gray, with its boxes or as its mask.

    A mask is stored as the numbers of the classes, with their colours as the PNG's palette.
    """
    from PIL import Image

    _, h, w = pixels.shape
    if isinstance(answer, Mask):
        image = Image.fromarray(answer.classes)
        image = image.resize((w, h), Image.Resampling.NEAREST)
        image.putpalette(palette())
    else:
        planes = pixels[::-1] if len(pixels) == 3 else np.repeat(pixels, 3, 0)
        image = Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0)))
        _draw_boxes(image, answer, choice)
    with replacing(path) as aside:
        image.save(aside, "PNG")


def _draw_boxes(image: Any, boxes: Boxes, choice: Choice) -> None:
    from PIL import ImageDraw

    pen, colours = ImageDraw.Draw(image), palette()
    width = max(1, round(max(image.size) / 300))
    for box in boxes.above(choice):
        k = 3 * (box.label % 256)
        colour = tuple(colours[k : k + 3])
        (x0, x1), (y0, y1) = (sorted(box.corners[i::2]) for i in (0, 1))
        pen.rectangle((x0, y0, x1, y1), outline=colour, width=width)
        text = f"{choice.name(box.label)} {box.score:.2f}"
        frame = pen.textbbox((max(x0, 0), max(y0, 0)), text)
        pen.rectangle(frame, fill=colour)
        pen.text(frame[:2], text, fill=(255, 255, 255) if sum(colour) < 384 else (0, 0, 0))
