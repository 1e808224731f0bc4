"""A binaryproto: a mean image, or any other single blob."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report, Table
from caffe2torch.inspect.values import times

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fits(head: Head) -> bool:
    """Fields of a BlobProto."""
    return head.message == "BlobProto"


def report(head: Head, options: Options) -> Report:
    """Statistics of the whole and of each channel; 1 is the code if a number is not finite.

    Raises: WeightsError if the file is damaged.
    """
    from caffe2torch.inspect.statistics import statistics
    from caffe2torch.weights import read_mean

    array = read_mean(head.path)
    whole, parts = statistics(array), [statistics(channel) for channel in channels(array)]
    rows = [(str(i), *stats.cells) for i, stats in enumerate(parts)]
    rows.append(("all", *whole.cells))
    data = {
        "shape": array.shape,
        **whole.data,
        "channels": [stats.data for stats in parts],
    }
    lines: list[str | Table] = [
        f"{head.path}: blob {times(array.shape)}{_meant(array)}",
        "",
        Table(("channel", "mean", "std", "min", "max"), rows),
        *([f"not finite: {whole.fault}"] if whole.fault else []),
    ]
    picture = (lambda path: _draw(array, path)) if _drawable(array) else None
    return Report("blob", head.path, data, lines, picture, int(bool(whole.fault)))


def channels(array: NDArray[Any]) -> list[NDArray[Any]]:
    """The channels of an image (C, H, W) or (1, C, H, W); none of any other blob."""
    image = array[0] if array.ndim == 4 and len(array) == 1 else array
    return list(image) if image.ndim == 3 else []


def _meant(array: NDArray[Any]) -> str:
    count = len(channels(array))
    if count in (1, 3):
        order = ", blue, green, red if it is Caffe's" if count == 3 else ""
        return f": a mean image, {count} channel{'s' if count > 1 else ''}{order}"
    return ""


def _drawable(array: NDArray[Any]) -> bool:
    return array.ndim in (2, 3, 4) and array.size > 0


def _draw(array: NDArray[Any], path: Any) -> str:
    from caffe2torch.inspect import picture

    flat = array.reshape(-1, *array.shape[-3:]) if array.ndim > 2 else array[None, None]
    ready, how = picture.stretched(flat)
    picture.write(picture.sheet(list(ready)), path)
    return f"the blob as a picture, {how}"
