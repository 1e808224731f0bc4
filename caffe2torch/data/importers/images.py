"""Stores a list of images in an LMDB as convert_imageset does.

Source: Caffe tools/convert_imageset.cpp; src/caffe/util/io.cpp, ReadImageToDatum
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.data.images import read_bytes, read_image
from caffe2torch.data.importers import database
from caffe2torch.data.lists import labelled
from caffe2torch.data.workers import Workers
from caffe2torch.errors import DataError, plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb

Log = Callable[[str], None]
Records = Iterator[tuple[bytes, bytes]]
Watch = Callable[[Records], Records]


LARGEST = 1 << 14
"""Pixels of a side to resize to: a record of three such channels is 768 MB, and 2 GB the limit."""


def check_size(*sides: int) -> None:
    """Raise DataError for a size that no record holds."""
    if max(sides) > LARGEST:
        raise DataError(f"{max(sides):,} pixels a side", hint=f"at most {LARGEST:,} fit a record")


@dataclass(frozen=True)
class Options:
    """The flags of convert_imageset; sizes of 0 or less keep an image's own.

    seed: of the shuffling
    """

    gray: bool = False
    shuffle: bool = False
    resize_height: int = 0
    resize_width: int = 0
    check_size: bool = False
    encoded: bool = False
    encode_type: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        check_size(self.resize_height, self.resize_width)

    @property
    def height(self) -> int:
        return max(0, self.resize_height)

    @property
    def width(self) -> int:
        return max(0, self.resize_width)


def convert(
    root: str,
    list_file: str,
    path: Path,
    options: Options,
    log: Log,
    *,
    force: bool = False,
    watch: Watch = lambda records: records,
) -> int:
    """Write the images that `list_file` names (root + name) to a new LMDB; return how many.

    log:   gets the messages of Caffe's tool.
    watch: is given the records on their way into the database, and passes them on.
    Images that cannot be read are skipped, as Caffe does; keys are the number of the line, eight
    digits, and the name.
    Raises: DataError if the list or an encoding is at fault, or `path` exists and not `force`;
        OSError if it cannot be written.
    """
    lines = labelled(list_file)
    if options.shuffle:
        log("Shuffling data")
        order = database.order(len(lines), shuffle=True, seed=options.seed, limit=None)
        lines = [lines[i] for i in order]
    log(f"A total of {len(lines)} images.")
    if options.encode_type and not options.encoded:
        log("encode_type specified, assuming encoded=true.")
    counted = _counted(watch(records(root, lines, options, log)), path, log)
    try:
        count = database.write(path, counted, force=force)
    except database.EmptyError:
        raise DataError(
            f"none of the {plural(len(lines), 'image')} of {list_file} could be read",
            hint=f'"{root}" is put before each name as it stands: does a / end it?',
        ) from None
    if count % database.BATCH:
        log(f"Processed {count} files.")
    return count


def _counted(
    records: Iterator[tuple[bytes, bytes]], path: Path, log: Log
) -> Iterator[tuple[bytes, bytes]]:
    log(f"Opened lmdb {path}")
    for count, record in enumerate(records, 1):
        yield record
        if count % database.BATCH == 0:
            log(f"Processed {count} files.")


def records(
    root: str, lines: list[tuple[str, int]], options: Options, log: Log
) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and serialised Datum of each image that can be read.

    Raises: DataError for an unknown encoding, or with `check_size` for images that differ.
    """
    first: int | None = None
    for number, name, record in _decoded(root, lines, options, log):
        if record is None:
            log(f"Could not open or find file {root}{name}")
            continue
        if first is None:  # an encoded record states no shape, so that all others are refused
            first = record.channels * record.height * record.width
        elif options.check_size and len(record.data) != first:
            raise DataError(
                f'"{root}{name}": Incorrect data field size {len(record.data)}, not {first}',
                hint="resize the images, or drop check_size (which never fits encoded images)",
            )
        key = f"{number:08d}_{name}".encode(errors="surrogateescape")
        yield key, record.SerializeToString()


def _decoded(
    root: str, lines: list[tuple[str, int]], options: Options, log: Log
) -> Iterator[tuple[int, str, pb.Datum | None]]:
    """Yield number, name and record of each line, None if unreadable, decoding side by side."""
    workers = Workers()

    def decoded(line: tuple[str, int, str]) -> pb.Datum | None:
        name, label, encoding = line
        try:
            return _datum(root + name, label, encoding, options)
        except _UnreadableError:
            return None

    step = 8 * workers.count
    try:
        for start in range(0, len(lines), step):
            part = [
                (*line, _encoding(line[0], options, log)) for line in lines[start : start + step]
            ]
            for number, (line, record) in enumerate(
                zip(part, workers.map(decoded, part), strict=True), start
            ):
                yield number, line[0], record
    finally:
        workers.close()


class _UnreadableError(DataError):
    """An image that is missing or cannot be decoded."""


def _encoding(name: str, options: Options, log: Log) -> str:
    """The extension to encode by: as given, else that of the file; "" stores raw pixels."""
    if options.encode_type or not options.encoded:
        return options.encode_type
    _, dot, extension = name.rpartition(".")
    if not dot:
        log(f"Failed to guess the encoding of '{name}'")
    return extension.lower()


def _datum(path: str, label: int, encoding: str, options: Options) -> pb.Datum:
    """Make the record of one image, with the very fields that Caffe sets."""
    from caffe2torch.caffe_pb2 import Datum

    try:
        pixels = read_image(path, options.height, options.width, not options.gray)
    except DataError as error:
        raise _UnreadableError(error.message) from None
    if encoding:
        keep = not options.height and not options.width and _matches(path, encoding)
        data = read_bytes(path) if keep else encode(pixels, encoding)
        return Datum(data=data, label=label, encoded=True)
    c, h, w = pixels.shape
    return Datum(channels=c, height=h, width=w, data=pixels.tobytes(), label=label, encoded=False)


def _matches(path: str, encoding: str) -> bool:
    """Whether a file is stored in this encoding already, by its name."""
    extension = path.rpartition(".")[2].lower()
    return extension == encoding.lower() or (encoding.lower(), extension) == ("jpg", "jpeg")


def encode(pixels: NDArray[np.uint8], encoding: str) -> bytes:
    """Encode (C, H, W), blue first, as an image file with the extension `encoding`."""
    import cv2
    import numpy as np

    try:
        whole, data = cv2.imencode(
            f".{encoding.lower()}", np.ascontiguousarray(pixels.transpose(1, 2, 0))
        )
    except cv2.error:
        whole = False
    if not whole:
        raise DataError(f'"{encoding}" is no encoding that can be written', hint="use png or jpg")
    return data.tobytes()
