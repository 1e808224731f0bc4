"""WebDataset's tar shards: records as files of one stem, `KEY.png` or `.jpg` beside `KEY.cls`.

Images are stored as a decoder gives the very pixels of the record back: raw ones as PNG, encoded
ones as they are, floats as .npy.

Source: the documentation of webdataset, "The WebDataset Format"
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from caffe2torch.data import datum
from caffe2torch.data.importers.arrays import Record
from caffe2torch.data.importers.images import encode
from caffe2torch.data.sources.base import Buffer
from caffe2torch.errors import DataError

_MAGIC = {b"\xff\xd8": "jpg", b"\x89PNG": "png", b"BM": "bmp", b"GIF": "gif"}
SHARD = 1000  # records a file unless said otherwise


def file_of(record: datum.Datum) -> tuple[str, bytes]:
    """Return the extension and the content of the image file that stores a record's pixels."""
    if record.encoded:
        return extension_of(record.data), bytes(record.data)
    pixels = datum.raw(record)
    if pixels.dtype.kind == "u" and len(pixels) in (1, 3, 4):
        return "png", encode(pixels, "png")
    import numpy as np

    with io.BytesIO() as out:
        np.save(out, pixels)
        return "npy", out.getvalue()


def extension_of(data: Buffer) -> str:
    """Return the extension of an image file by its first bytes."""
    head = bytes(data[:12])
    for magic, extension in (
        (b"\xff\xd8", "jpg"),
        (b"\x89PNG", "png"),
        (b"BM", "bmp"),
        (b"GIF", "gif"),
    ):
        if head.startswith(magic):
            return extension
    return "webp" if head[8:12] == b"WEBP" else "img"


def safe_name(key: bytes) -> str:
    """Return a key as a file name without folders and without dots."""
    text = key.decode(errors="backslashreplace")
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)


def write_shards(
    pattern: str, records: Iterable[Record], size: int = SHARD, *, force: bool = False
) -> int:
    """Write records to files named by a pattern such as out/%06d.tar; return how many files.

    Each file appears under its name when it is complete. Raises: DataError for a bad pattern.
    """
    from caffe2torch.atomic import replacing

    try:
        if pattern % 0 == pattern % 1:
            raise ValueError
    except (TypeError, ValueError):
        raise DataError(f'"{pattern}" is no pattern', hint="write out/%06d.tar") from None
    batches, number = _batches(records, size), 0
    for number, batch in enumerate(batches, 1):
        path = Path(pattern % (number - 1))
        if path.exists() and not force:
            raise DataError(f"{path} exists already", hint="name another folder, or use --force")
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as aside, tarfile.open(aside, "w") as archive:
            for key, value in batch:
                record = datum.parse(value)
                extension, content = file_of(record)
                _add(archive, f"{safe_name(key)}.{extension}", content)
                _add(archive, f"{safe_name(key)}.cls", str(record.label).encode())
    return number


def _batches(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
