"""Arrays as PNG pictures: one image large, or many as a sheet with words below them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

ALONE, TILE = 256, 96
"""Pixels of the longer side: of one picture at least, of each of many."""
GAP, LINE = 4, 12
MOST = 256
"""Tiles on a sheet."""


def stretched(array: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Return values as 0 to 255: as they are if they lie there, else from min to max; and which.

    NaN and infinity become 0.
    """
    import numpy as np

    values = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and 1 < high <= 255:
        return values.round().astype(np.uint8), "values as they are"
    scaled = (values - low) * (255 / ((high - low) or 1))
    return scaled.round().astype(np.uint8), f"{low:.4g} as black to {high:.4g} as white"


def sheet(images: Sequence[NDArray[Any]], words: Sequence[str] = ()) -> Image:
    """Lay out images (C, H, W) of uint8: three channels are blue, green, red, others gray each."""
    from PIL import Image, ImageDraw

    tiles = [tile for image in images[:MOST] for tile in _tiles(image)][:MOST]
    side = ALONE if len(tiles) == 1 else TILE
    fitted = [_fitted(tile, side) for tile in tiles]
    if len(fitted) == 1 and not words:
        return fitted[0]
    columns = ceil(sqrt(len(fitted)))
    width = max(tile.width for tile in fitted) + GAP
    height = max(tile.height for tile in fitted) + GAP + (LINE if words else 0)
    size = columns * width + GAP, ceil(len(fitted) / columns) * height + GAP
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    for i, tile in enumerate(fitted):
        x, y = i % columns * width + GAP, i // columns * height + GAP
        page.paste(tile, (x, y))
        if i < len(words):
            draw.text((x, y + tile.height), words[i][:16], fill="black")
    return page


def _tiles(image: NDArray[Any]) -> list[Image]:
    import numpy as np
    from PIL import Image

    if image.shape[0] in (3, 4):
        return [Image.fromarray(np.ascontiguousarray(image[2::-1].transpose(1, 2, 0)))]
    return [Image.fromarray(np.ascontiguousarray(channel)) for channel in image[:MOST]]


def _fitted(tile: Image, side: int) -> Image:
    """Enlarge by a whole factor, so that pixels stay squares, or reduce to fit."""
    longer = max(tile.size)
    if longer <= side:
        factor = max(side // longer, 1)
        return tile.resize((tile.width * factor, tile.height * factor), 0)
    if side == ALONE:
        return tile
    share = side / longer
    return tile.resize((max(round(tile.width * share), 1), max(round(tile.height * share), 1)))


def write(image: Image, path: Path) -> None:
    """Write a PNG aside and put it in place."""
    from caffe2torch.atomic import replacing

    with replacing(path) as aside:
        image.save(aside, "PNG")
