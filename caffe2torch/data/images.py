"""Reads an image file as Caffe does: decoded by OpenCV's rules, then resized.

JPEGs are decoded by OpenCV itself: twice as fast as Pillow, and CMYK comes out as in Caffe.

Source: Caffe src/caffe/util/io.cpp, ReadImageToCVMat and DecodeDatumToCVMat; OpenCV's
        documentation of imread (IMREAD_COLOR, IMREAD_GRAYSCALE, IMREAD_UNCHANGED)
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from caffe2torch import inputs
from caffe2torch.data.paths import places, resolve
from caffe2torch.data.resize import bilinear
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

Flag = Literal["color", "gray", "unchanged"]

MOST_PIXELS = 1 << 26
"""8192 x 8192; an image of it takes 200 MB, and some of its formats twice that."""
_ROWS = 256
_ORIENTATION = 0x0112  # EXIF's tag of how a photograph was held

# Weights of red, green and blue, rounding and bits: libpng's own (OpenCV leaves PNG to it), which
# truncates, and OpenCV's cvtColor.
_LIBPNG = (9797, 19234, 3737, 0, 15)

_OPENCV = (4899, 9617, 1868, 8192, 14)


def read_image(
    path: str, height: int, width: int, color: bool, base: str | None = None
) -> NDArray[np.uint8]:
    """Read an image file to (C, H, W) uint8, C = 3 in blue, green, red order or 1.

    height, width: the size to resize to; if either is 0 the image keeps its own.
    Raises: DataError if the file is missing or is no image.
    """
    data = read_bytes(path, base)
    try:
        pixels = decode_image(data, "color" if color else "gray")
    except DataError as error:
        raise DataError(f'"{path}" {error.message}') from None
    return bilinear(pixels, height, width) if height > 0 and width > 0 else pixels


def read_bytes(path: str, base: str | None = None) -> bytes:
    """Return the content of an image file. Raises DataError if it cannot be read."""
    try:
        return inputs.read(resolve(path, base, bare=False))
    except FileNotFoundError:
        hint = places(path, base, bare=False)
        raise DataError(f'image "{path}" does not exist', hint=hint) from None
    except OSError as error:
        raise DataError(f'image "{path}" cannot be read: {error.strerror}') from None


def decode_image(data: bytes | memoryview, flag: Flag, planes: bool = True) -> NDArray[np.uint8]:
    """Decode an image file's bytes to (C, H, W) uint8, colours in blue, green, red order.

    flag: "color" is 3 channels, "gray" 1, "unchanged" what the file holds (1, 3, or 4 with
          alpha). Alpha is dropped, never blended; 16-bit pixels keep their high byte.
    planes: whether a channel must lie in one piece; if not, a view of what the decoder wrote may
          come, the channels of a pixel side by side, which costs no copy.
    Raises: DataError if the bytes are no image, or hold 16-bit pixels that are to be unchanged.
    """
    try:
        if data[:3] == JPEG:
            pixels = _jpeg(data, flag)
            return split(pixels) if planes else pixels
        image = _open(data)
        if flag == "unchanged":
            _refuse_16_bit(data, image)
        return _CHANNELS[flag](image)
    except Exception as error:  # noqa: BLE001 - Pillow's readers raise anything on broken files
        raise DataError(f"is not an image that can be decoded: {error}") from None


JPEG = b"\xff\xd8\xff"
_END = b"\xff\xd9"


def _jpeg(data: bytes | memoryview, flag: Flag) -> NDArray[np.uint8]:
    """Decode a JPEG; one that is cut off raises OSError, where OpenCV would fill in gray."""
    import cv2
    import numpy as np

    # Some cameras and tools append a few bytes.
    if data[-2:] != _END and _END not in bytes(data[-4096:]):
        raise OSError(f"the JPEG is cut off after {len(data):,} bytes")
    _check_size(*jpeg_size(data))
    modes = {
        "color": cv2.IMREAD_COLOR,
        "gray": cv2.IMREAD_GRAYSCALE,
        "unchanged": cv2.IMREAD_UNCHANGED,
    }
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), modes[flag])
    except cv2.error as error:
        raise OSError(error.err) from None
    if image is None:
        raise OSError("broken JPEG")
    if image.ndim == 2:
        return image[None].astype(np.uint8, copy=False)
    channels_first: NDArray[np.uint8] = image.transpose(2, 0, 1)
    return channels_first


def split(pixels: NDArray[np.uint8], out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """Copy an image (C, H, W) whose channels lie side by side to planes; others stay as they are.

    out: where to write to, (C, H, W)
    """
    import cv2
    import numpy as np

    if not is_interleaved(pixels):
        return pixels
    planes = np.empty(pixels.shape, np.uint8) if out is None else out
    cv2.split(pixels.transpose(1, 2, 0), list(planes))
    return planes


def is_interleaved(pixels: NDArray[Any]) -> bool:
    """Whether the channels of a pixel lie side by side in memory."""
    return pixels.shape[0] > 1 and pixels.strides[0] == pixels.itemsize


def jpeg_size(data: bytes | memoryview) -> tuple[int, int]:
    """Return width and height as a JPEG's frame header states them, (0, 0) if it has none.

    Source: ITU-T T.81, annex B: SOF0 to SOF15, which DHT, JPG and DAC lie between
    """
    head = bytes(data[:HEADERS])
    width, height = _frame_size(head)
    return (width, height) if width or len(data) <= HEADERS else _frame_size(bytes(data))


HEADERS = 1024
"""Bytes of a JPEG among which its frame header mostly is; photographs may have more before it."""


def _frame_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return data[at + 7] << 8 | data[at + 8], data[at + 5] << 8 | data[at + 6]
        bare = marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8
        at += 1 if marker == 0xFF else 2 if bare else 2 + (data[at + 2] << 8 | data[at + 3])
    return 0, 0


def _open(data: bytes | memoryview) -> Image:
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        raise OSError(f"{len(data)} bytes of an unknown format") from None
    _check_size(*image.size)
    return image


def _check_size(width: int, height: int) -> None:
    """Refuse an image that takes more memory than a photograph: a small file may state any size."""
    if width * height > MOST_PIXELS:
        raise OSError(
            f"it states {width:,} x {height:,} pixels, more than {MOST_PIXELS:,}; cut it up"
        )


def _color(image: Image) -> NDArray[np.uint8]:
    image = _upright(_eight_bit(image))
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")  # straight to RGB would blend
    return _planes(image.convert("RGB"))


def _gray(image: Image) -> NDArray[np.uint8]:
    if image.format == "JPEG":
        image.draft("L", image.size)  # the luminance that the file holds, as libjpeg gives it
    weights = _LIBPNG if image.format == "PNG" else _OPENCV
    image = _upright(_eight_bit(image))
    if image.mode in ("1", "L", "LA"):
        return _planes(image.convert("L"))
    return _luminance(_color(image), *weights)


def _luminance(
    bgr: NDArray[np.uint8], red: int, green: int, blue: int, half: int, bits: int
) -> NDArray[np.uint8]:
    import numpy as np

    gray = np.empty(bgr.shape[1:], np.uint8)
    for top in range(0, len(gray), _ROWS):  # in four times the memory of few rows
        b, g, r = bgr[:, top : top + _ROWS].astype(np.int32)
        gray[top : top + _ROWS] = (red * r + green * g + blue * b + half) >> bits
    return gray[None]


def _unchanged(image: Image) -> NDArray[np.uint8]:
    if image.mode in ("1", "L"):
        return _planes(image.convert("L"))
    alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return _planes(image.convert("RGBA" if alpha else "RGB"))


_CHANNELS: dict[Flag, Callable[[Image], NDArray[np.uint8]]] = {
    "color": _color,
    "gray": _gray,
    "unchanged": _unchanged,
}


def _planes(image: Image) -> NDArray[np.uint8]:
    """View an 8-bit image (H, W[, C]) as (C, H, W), red and blue exchanged."""
    import numpy as np

    pixels = np.asarray(image)
    if pixels.ndim == 2:
        return pixels[None]
    order = (2, 1, 0, 3)[: pixels.shape[2]]
    return np.stack([pixels[..., c] for c in order])


def _refuse_16_bit(data: bytes | memoryview, image: Image) -> None:
    """Raise ValueError for 16-bit pixels; Pillow reduces those of colour PNGs by itself."""
    wide = data[24] == 16 if image.format == "PNG" else image.mode.startswith(("I", "F"))
    if wide:
        raise ValueError("it holds more than 8 bits a pixel and channel, which Caffe refuses")


def _eight_bit(image: Image) -> Image:
    """Keep the high byte of 16-bit gray; everything else is 8-bit already."""
    import numpy as np
    from PIL import Image

    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).astype(np.uint8))


def _upright(image: Image) -> Image:
    """Turn a photograph as its EXIF orientation says, as imread does since OpenCV 3.1."""
    from PIL import ImageOps

    turned = image.info.get("exif") and image.getexif().get(_ORIENTATION, 1) != 1
    return ImageOps.exif_transpose(image) if turned else image
