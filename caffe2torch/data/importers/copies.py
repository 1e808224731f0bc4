"""Copies of databases: shuffled, resized, encoded, decoded, cut short; and as files."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.atomic import replacing_folder
from caffe2torch.data import boxed, datum
from caffe2torch.data.faults import at_record
from caffe2torch.data.importers import database
from caffe2torch.data.importers.arrays import Record
from caffe2torch.data.importers.arrays import datum as datum_of
from caffe2torch.data.importers.coco_file import Coco
from caffe2torch.data.importers.images import encode
from caffe2torch.data.importers.shards import Names, file_of
from caffe2torch.data.resize import bilinear
from caffe2torch.data.skips import Skips
from caffe2torch.data.sources import Source
from caffe2torch.errors import C2TError, DataError

LIST, ANNOTATIONS, IMAGES = "list.txt", "annotations.json", "images"


@dataclass(frozen=True)
class Changes:
    """What a copy does to the records.

    size:   (height, width) to resize to, or None
    encode: an extension to encode by, "raw" to decode, or "" to leave records as they are
    skip:   how many bad records may be left out; one more is an error
    """

    shuffle: bool = False
    seed: int = 1
    subset: int | None = None
    size: tuple[int, int] | None = None
    encode: str = ""
    skip: int = 0


def copied(source: Source, changes: Changes, report: Callable[[str], None]) -> Iterator[Record]:
    """Yield the records of a copy, keys as they are, or numbered anew if the order changes.

    report: gets a line for each bad record that is left out.
    Raises: DataError naming a record that cannot be read, beyond those that may be skipped.
    """
    skips = Skips(changes.skip, report)
    for number, (key, value) in enumerate(_chosen(source, changes)):
        try:
            with at_record(source.path, key):
                new = changed(value, changes)
        except C2TError as error:
            skips.leave_out(key, error)
            continue
        yield (b"%08d_%s" % (number, key) if changes.shuffle else key), new


def _chosen(source: Source, changes: Changes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the records in their new order. Shuffling holds all keys, not all records."""
    if not changes.shuffle:
        for number, record in enumerate(source):
            if changes.subset is None or number < changes.subset:
                yield record
            else:
                return
        return
    cursor = source.cursor()
    keys = [cursor.key]
    while cursor.step():
        keys.append(cursor.key)
    random.Random(changes.seed).shuffle(keys)
    for key in keys[: changes.subset]:
        cursor.seek(key)
        yield key, bytes(cursor.value)


def changed(value: bytes, changes: Changes) -> bytes:
    """Return a serialised Datum resized and encoded as asked for; boxes stay as they are.

    They are in fractions of the image.
    """
    if boxed.is_boxed(value):
        outer = boxed.message(value)
        inner = outer.datum.SerializeToString()
        image = changed(inner, changes)
        if image == inner:
            return value
        outer.datum.ParseFromString(image)
        return bytes(outer.SerializeToString())
    record = datum.parse(value)
    pixels = datum.pixels(record)
    if not changes.size and not changes.encode:
        return value
    if changes.size:
        pixels = bilinear(pixels, *changes.size)
    encoding = changes.encode or ("png" if record.encoded else "raw")
    if encoding == "raw":
        return datum_of(pixels, record.label).SerializeToString()
    if pixels.dtype.kind != "u":
        raise DataError("holds floats, which no image file stores", hint="drop --encode")
    new = pb.Datum(data=encode(pixels, encoding), label=record.label, encoded=True)
    return new.SerializeToString()


def export(
    source: Source, folder: Path, names: list[str], *, force: bool,
    progress: Callable[[int], None] = lambda _done: None, skips: Skips | None = None,
) -> int:  # fmt: skip
    """Write each record as an image file to folder/LABEL/KEY.png, and list.txt; return how many.

    names: of the classes, in place of their numbers
    skips: which bad records are left out; none by default
    Raw pixels become PNG, encoded ones stay as they are, floats become .npy. The folder appears
    when it is complete. Images with boxes go to folder/images, their boxes to annotations.json,
    as `c2t import coco` reads it. Raises: DataError naming a record that cannot be read.
    """
    database.refuse_existing(folder, force=force, is_known=is_exported)
    lines: list[str] = []
    skips, stems, coco = skips or Skips(0), Names(), Coco(names)
    with database.ended_by_signals(), replacing_folder(folder) as aside:
        for done, (key, value) in enumerate(source, 1):
            try:
                with at_record(source.path, key):
                    record = datum.parse(boxed.plain(value))
                    extension, content = file_of(record)
                    shape = datum.pixels(record).shape if boxed.is_boxed(value) else ()
            except C2TError as error:
                skips.leave_out(key, error)
                continue
            label = IMAGES if shape else _folder_of(record.label, names)
            place = aside / label / f"{stems.new(key)}.{extension}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            lines.append(f"{label}/{place.name} {record.label}\n")
            if shape:
                coco.add(f"{label}/{place.name}", shape, boxed.message(value))
            progress(done)
        (aside / LIST).write_text("".join(lines))
        if coco.images:
            (aside / ANNOTATIONS).write_text(coco.text())
    return len(lines)


def _folder_of(label: int, names: list[str]) -> str:
    """Name the folder of a class: as the class, unless that is no name of one folder of its own."""
    name = names[label] if 0 <= label < len(names) else ""
    is_usable = name.strip(". ") and not set(name) & set("/\\\0") and names.count(name) == 1
    return name if is_usable else str(label)


def is_exported(folder: Path) -> bool:
    """Whether a folder holds what `export` wrote, or nothing."""
    entries = list(folder.iterdir())
    return not entries or (
        folder / LIST in entries
        and all(entry.is_dir() or entry.name in (LIST, ANNOTATIONS) for entry in entries)
    )
