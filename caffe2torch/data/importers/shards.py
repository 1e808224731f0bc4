"""WebDataset's tar shards: records as files of one stem, `KEY.png` or `.jpg` beside `KEY.cls`.

Images are stored as a decoder gives the very pixels of the record back: raw ones as PNG, encoded
ones as they are, floats as .npy.

Source: the documentation of webdataset, "The WebDataset Format"
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from caffe2torch.atomic import folders_above, staged
from caffe2torch.data import datum
from caffe2torch.data.boxed import is_boxed
from caffe2torch.data.importers.arrays import Record
from caffe2torch.data.importers.database import ended_by_signals
from caffe2torch.data.importers.images import encode
from caffe2torch.data.sources.base import Buffer
from caffe2torch.errors import DataError

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


class Names:
    """Names of files for keys, without folders and without dots, and none twice."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def new(self, key: bytes) -> str:
        """Return the name of a key that was not met before."""
        text = key.decode(errors="backslashreplace")
        stem = name = "".join(c if c.isalnum() or c in "-_" else "_" for c in text)
        number = 1
        while name in self.taken:
            number += 1
            name = f"{stem}_{number}"
        self.taken.add(name)
        return name


def write_shards(
    pattern: str, records: Iterable[Record], size: int = SHARD, *, force: bool = False
) -> int:
    """Write records to files named by a pattern such as out/%06d.tar; return how many files.

    They appear under their names when all are complete; with `force` they replace all that the
    pattern names. Raises: DataError for a bad pattern, files that exist, or no records.
    """
    first, name = Path(_named(pattern, 0)), Path(pattern).name
    old = list(_existing(first.parent, name))
    if old and not force:
        raise DataError(f"{old[0]} exists already", hint="name another folder, or use --force")
    number = 0
    with ended_by_signals(), folders_above(first), staged(first) as stage:
        for number, batch in enumerate(_batches(records, size), 1):
            _write_shard(stage / _named(name, number - 1), batch)
        if not number:
            raise DataError(f"{pattern}: there is not one record to write")
        for path in old:
            path.unlink()
        for i in range(number):
            (stage / _named(name, i)).replace(first.parent / _named(name, i))
    return number


def _named(pattern: str, number: int) -> str:
    """Return the name of a shard. Raises: DataError unless the file's name alone counts."""
    try:
        if pattern % 0 == pattern % 1:
            raise ValueError
        folder = str(Path(pattern).parent)
        if folder % () != folder.replace("%%", "%"):
            raise ValueError
        return pattern % number
    except (TypeError, ValueError, OverflowError):
        raise DataError(f'"{pattern}" is no pattern', hint="write out/%06d.tar") from None


def _existing(folder: Path, name: str) -> Iterator[Path]:
    """Yield the files of a folder that a pattern names."""
    for path in sorted(folder.glob("*.tar")):
        for digits in re.findall(r"\d+", path.name):
            if _named(name, int(digits)) == path.name:
                yield path
                break


def _write_shard(new: Path, batch: list[Record]) -> None:
    stems = Names()
    with tarfile.open(new, "w") as archive:
        for key, value in batch:
            if is_boxed(value):
                raise DataError(
                    "records with boxes (AnnotatedDatum) lose them in shards",
                    hint="copy to a database, or write files with c2t export-db",
                )
            record = datum.parse(value)
            extension, content = file_of(record)
            stem = stems.new(key)
            _add(archive, f"{stem}.{extension}", content)
            _add(archive, f"{stem}.cls", str(record.label).encode())


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
