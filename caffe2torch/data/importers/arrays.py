"""Records of a database from arrays: of numpy's .npz files, HDF5 files and torchvision's sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.data.npy import load_npz
from caffe2torch.errors import DataError, UnsupportedError, shape_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Record = tuple[bytes, bytes]


def records(
    images: Iterable[Any], labels: Iterable[Any], start: int = 0, digits: int = 8
) -> Iterator[Record]:
    """Yield key and Datum of each image (C, H, W) or (H, W), uint8 or of any other number.

    Bytes are stored as bytes; everything else as float_data in float32. Keys count from `start`.
    """
    for number, (image, label) in enumerate(zip(images, labels, strict=True), start):
        try:
            record = datum(image, int(label))
        except DataError as error:
            error.message = f"image {number}: {error.message}"
            raise
        yield b"%0*d" % (digits, number), record.SerializeToString()


def datum(image: NDArray[Any], label: int) -> pb.Datum:
    """Return the record of one image (C, H, W), or (H, W) as (1, H, W), or a row (C,) as (C, 1, 1).

    Raises: DataError for another number of axes, or floats that are not finite.
    """
    import numpy as np

    axes = {3: (), 2: (0,), 1: (1, 2)}.get(image.ndim)
    if axes is None:
        raise DataError(
            f"an image of shape {image.shape} is none", hint="store (C, H, W) or (H, W)"
        )
    c, h, w = np.expand_dims(image, axes).shape
    out = pb.Datum(channels=c, height=h, width=w, label=label)
    if image.dtype == np.uint8:
        out.data = image.tobytes()
        return out
    with np.errstate(over="ignore"):  # what overflows is infinite, and refused
        values = image.astype(np.float32).ravel()
    if not np.isfinite(values).all():
        raise DataError("an image holds NaN, infinity or more than float32 can", hint="repair it")
    out.float_data.extend(values.tolist())
    return out


def read_npz(path: Path, data: str, label: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the images and labels of a .npz file; "" finds the array by its axes.

    Raises: DataError if there is no such array, or the file is none.
    """
    return chosen(load_npz(path), str(path), data, label)


def chosen(
    arrays: dict[str, NDArray[Any]], path: str, data: str, label: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the images and labels among named arrays; a name of "" is found by the axes.

    Raises: DataError naming the arrays if they do not tell, or do not fit each other.
    """
    images = [name for name, array in arrays.items() if array.ndim in (3, 4)]
    labels = [n for n, array in arrays.items() if array.ndim == 1 or set(array.shape[1:]) == {1}]
    data = data or (images[0] if len(images) == 1 else "")
    label = label or next((n for n in labels if n != data), "")
    if data not in arrays or label not in arrays:
        known = ", ".join(f'"{n}" {shape_text(a.shape)}' for n, a in arrays.items()) or "none"
        raise DataError(
            f"{path}: which arrays are the images and the labels? It holds {known}",
            hint="name them with --data and --label",
        )
    if len(arrays[data]) != len(arrays[label]):
        raise DataError(
            f'{path}: "{data}" has {len(arrays[data]):,} rows, "{label}" {len(arrays[label]):,}'
        )
    if not len(arrays[data]):
        raise DataError(f'{path}: "{data}" holds no images')
    if arrays[data].dtype.kind not in "buif":
        raise DataError(f'{path}: "{data}" holds {arrays[data].dtype.name}, not numbers of pixels')
    row = arrays[label].reshape(len(arrays[label]), -1)[:, 0]
    _check_labels(row, f'{path}: "{label}"')
    return arrays[data], row


def _check_labels(row: NDArray[Any], what: str) -> None:
    """Raise DataError unless every label is a whole number that a record holds."""
    if row.dtype.kind not in "buif":
        hint = "store the number of each class"
        raise DataError(f"{what} holds {row.dtype.name}, not labels", hint=hint)
    whole = [i for i, n in enumerate(row.tolist()) if not (-(2**31) <= n < 2**31 and n == int(n))]
    if whole:
        raise DataError(
            f"{what} holds {row[whole[0]]} for image {whole[0]}, which is no label",
            hint="labels are whole numbers of 32 bits",
        )


def from_layout(images: NDArray[Any], layout: str) -> NDArray[Any]:
    """Return images as (N, C, H, W); layout is "nchw", or "nhwc" with colours in RGB order."""
    import numpy as np

    if layout == "nchw" or images.ndim != 4:
        return images
    planes = np.moveaxis(images, -1, 1)
    return planes[:, ::-1] if planes.shape[1] == 3 else planes


def read_hdf5(path: Path, data: str, label: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the images and labels of an HDF5 file. Raises: DataError as `chosen` does."""
    from caffe2torch.data.hdf5 import opened
    from caffe2torch.weights import hdf5_file

    with opened(inputs.place(path), None) as file:
        whole = {n: d for n, d in hdf5_file.members(file) if hdf5_file.is_numbers(d)}
        hdf5_file.check_memory(list(whole.values()))
        arrays = {name: dataset[()] for name, dataset in whole.items()}
    return chosen(arrays, str(path), data, label)


def torchvision_images(name: str, root: Path, split: str, download: bool) -> tuple[Any, list[str]]:
    """Open a data set of torchvision; return it and the names of its classes.

    Raises: DataError if there is none of that name, or it is not there and not to be downloaded;
        UnsupportedError if torchvision does not fit the torch that is installed.
    """
    from difflib import get_close_matches

    try:
        from torchvision import datasets
    except (ImportError, RuntimeError) as error:  # RuntimeError: made for another torch
        raise UnsupportedError(
            f"torchvision cannot be loaded: {error}",
            hint='pip install "caffe2torch[vision]"; it must be the torchvision of your torch',
        ) from None

    kind = getattr(datasets, name, None)
    if not isinstance(kind, type):
        near = get_close_matches(name, datasets.__all__, 1)
        raise DataError(
            f'torchvision has no data set "{name}"',
            hint=f'did you mean "{near[0]}"?' if near else None,
        )
    try:
        dataset = kind(str(root), **_flags(kind, split, download))
    except (RuntimeError, TypeError, ValueError, OSError) as error:
        raise DataError(
            f"torchvision's {name}: {error}", hint="see --split and --download"
        ) from None
    return dataset, list(getattr(dataset, "classes", []))


def _flags(kind: Any, split: str, download: bool) -> dict[str, Any]:
    """Return what a data set takes to choose its part: `split`, or `train` as a truth."""
    taken = signature(kind).parameters
    flags: dict[str, Any] = {"download": download} if "download" in taken else {}
    if "split" in taken:
        flags["split"] = split
    elif "train" in taken:
        flags["train"] = split == "train"
    return flags


def planes(image: Any) -> NDArray[np.uint8]:
    """Return a picture of Pillow's as (C, H, W) uint8, colours in blue, green, red order."""
    import numpy as np

    pixels = np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)[::-1]
