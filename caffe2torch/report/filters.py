"""The filters of a net's first layer as a picture, out of the newest snapshot of a run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from caffe2torch.errors import WeightsError
from caffe2torch.report.record import Picture
from caffe2torch.weights.model import read_weights

MOST, COLUMNS, LEAST = 96, 12, 28
"""Filters that are shown, how many stand side by side, and the pixels of one at least."""


def filters(folder: Path, snapshots: Sequence[str]) -> list[Picture]:
    """Return the picture of the first layer with images for filters; none without a snapshot.

    folder:    of the run; the snapshots may have moved along with it
    snapshots: weights that the log names, the newest last; one that was removed is passed over
    """
    for name in reversed(snapshots):
        path = Path(name)
        places = (path, folder / path.name, folder.parent / path.name)
        there = next((place for place in places if place.is_file()), None)
        if there is not None:
            return _drawn(there)
    return []


def _drawn(path: Path) -> list[Picture]:
    try:
        weights = read_weights(path)
    except WeightsError:  # it is being written, or was cut off: the report is of the run
        return []
    for layer, blobs in weights.items():
        first = blobs[0] if blobs else None
        if first is not None and first.ndim == 4 and min(first.shape[2:]) > 1:
            text = (
                f'The first {min(len(first), MOST)} of {len(first)} filters of layer "{layer}" '
                f"in {path.name}, each from its smallest (black) to its largest weight (white)."
            )
            return [Picture("First-layer filters", text, png(tiled(first[:MOST])))]
    return []


def tiled(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Lay filters (N, C, H, W) side by side; return (H, W, 3) of 0 to 255.

    Three channels are taken for blue, green and red, as Caffe stores them; of others the mean is
    shown.
    """
    colors = weights[:, ::-1] if weights.shape[1] == 3 else weights.mean(1, keepdims=True)
    colors = np.nan_to_num(colors)
    flat = colors.reshape(len(colors), -1)
    low, high = flat.min(1), flat.max(1)
    spans = np.where(high > low, high - low, 1)
    shades = (colors - low[:, None, None, None]) / spans[:, None, None, None] * 255
    times = -(-LEAST // max(weights.shape[2:]))
    tiles = shades.transpose(0, 2, 3, 1).repeat(times, 1).repeat(times, 2)
    n, h, w, _ = tiles.shape
    rows = -(-n // COLUMNS)
    sheet = np.full((rows * (h + 2), min(n, COLUMNS) * (w + 2), 3), 127, np.uint8)
    for i, tile in enumerate(tiles):
        top, left = i // COLUMNS * (h + 2) + 1, i % COLUMNS * (w + 2) + 1
        sheet[top : top + h, left : left + w] = tile
    return sheet


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels (H, W, 3) as a PNG."""
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()
