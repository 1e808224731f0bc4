"""An image and its map of labels, which every turn, crop and resize moves alike.

Source: SegNet's and DeepDetect's caffe dense_image_data_layer.cpp; DeepLab's caffe
        image_seg_data_layer.cpp and data_transformer.cpp, TransformImgAndSeg
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caffe2torch.data import image
from caffe2torch.data.images import read_bytes
from caffe2torch.data.interpolate import interpolate
from caffe2torch.data.lists import read_list
from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Pair:
    """Pixels (C, H, W), and the label (1, H, W) of each of them."""

    pixels: NDArray[Any]
    labels: NDArray[Any]

    def each(self, change: Any) -> Pair:
        """Apply a function to both."""
        return Pair(change(self.pixels), change(self.labels))


def read_pairs(path: str, base: str | None, both: bool = True) -> list[tuple[str, str]]:
    """Return the words of a list two by two; without `both` one a line, with "" for the second.

    Raises: DataError if the list cannot be read, or has an odd number of words.
    """
    text = read_list(path, base)
    if not both:
        return [(line.split()[0], "") for line in text.splitlines() if line.split()]
    words = text.split()
    if len(words) % 2 or not words:
        raise DataError(
            f'list "{path}" has {len(words)} words',
            hint='write lines of "image label-image", without blanks in the names',
        )
    return list(zip(words[::2], words[1::2], strict=True))


def read_labels(path: str, base: str | None) -> NDArray[np.uint8]:
    """Read a label image to (1, H, W); colours become gray. Raises DataError if it is none."""
    try:
        return image.decode(read_bytes(path, base), "gray")
    except DataError as error:
        raise DataError(f'"{path}": {error.message}') from None


def resized(pair: Pair, height: int, width: int) -> Pair:
    """Resize pixels linearly, and labels to those of the nearest pixels."""
    pixels = interpolate(pair.pixels, height, width, "LINEAR")
    return Pair(pixels, interpolate(pair.labels, height, width, "NEAREST"))


def checked(pair: Pair) -> Pair:
    """Return the pair. Raises DataError if its parts differ in size."""
    if pair.pixels.shape[1:] != pair.labels.shape[1:]:
        raise DataError(
            f"the image is {pair.pixels.shape[1:]} pixels, and its labels {pair.labels.shape[1:]}",
            hint="set new_height and new_width, or store label images of the same size",
        )
    return pair


def padded(pair: Pair, height: int, width: int, label: int) -> Pair:
    """Fill up at the bottom and on the right: pixels with 0, labels with `label`."""
    import numpy as np

    _, h, w = pair.pixels.shape
    sides = ((0, 0), (0, max(0, height - h)), (0, max(0, width - w)))
    pixels = np.pad(pair.pixels, sides)
    return Pair(pixels, np.pad(pair.labels, sides, constant_values=label))


def cropped(pair: Pair, size: tuple[int, int], rng: np.random.Generator | None) -> Pair:
    """Crop to `size`, (height, width): anywhere with `rng`, else in the middle.

    Raises: ShapeError if the image is smaller.
    """
    _, h, w = pair.pixels.shape
    if size[0] > h or size[1] > w:
        raise ShapeError(
            f"the crop {size[0]}x{size[1]} is larger than the image, {h}x{w}",
            field="transform_param.crop_size",
            hint="crop less, or store larger images",
        )
    free = (h - size[0], w - size[1])
    y, x = (int(rng.integers(n + 1)) if rng else n // 2 for n in free)
    return pair.each(lambda map_: map_[:, y : y + size[0], x : x + size[1]])
