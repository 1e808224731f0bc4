"""Blobs of a net for many pictures, to a file: what Caffe's extract_features does.

Source: Caffe tools/extract_features.cpp (LMDB: a Datum of float_data for each item, keys of ten
        digits)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch.atomic import folders_above, replacing
from caffe2torch.convert.loading import check_blob
from caffe2torch.data.census import open_any
from caffe2torch.data.datum import decode
from caffe2torch.data.faults import at_record
from caffe2torch.data.importers.database import write
from caffe2torch.errors import DataError
from caffe2torch.predict.subject import Subject

KINDS = (".npz", ".h5", ".hdf5", ".lmdb")
"""Endings of the files that can be written."""

Array = NDArray[Any]


@dataclass(frozen=True)
class Item:
    """One picture's blobs: its file or key, its label (-1 for none), and each blob's values."""

    name: str
    label: int
    values: dict[str, Array]


def extract(subject: Subject, names: Sequence[str], inputs: Sequence[str]) -> Iterator[Item]:
    """Yield the blobs of every picture: image files, or the records of databases.

    Raises: GraphError for a blob that is not there; DataError for what cannot be read.
    """
    for name in names:
        check_blob(subject.graph, name)
    shapes: dict[str, tuple[int, ...]] = {}
    for path in inputs:
        for name, label, pixels in _pictures(subject, path):
            blobs = subject.blobs(pixels, names)
            values = {key: value.float().numpy() for key, value in blobs.items()}
            shapes = shapes or {key: value.shape for key, value in values.items()}
            for key, value in values.items():
                if value.shape != shapes[key]:
                    raise DataError(
                        f"{name}: blob {key} has shape {value.shape}, and the first picture's had "
                        f"{shapes[key]}",
                        hint="name a blob whose size does not depend on the picture",
                    )
            yield Item(name, label, values)


def _pictures(subject: Subject, path: str) -> Iterator[tuple[str, int, Array]]:
    if not (Path(path).is_dir() or path.endswith(".tar") or "*" in path):
        yield path, -1, subject.read(path)
        return
    source, gray = open_any(path), subject.prepared.gray
    try:
        for key, record in source:
            with at_record(source.path, key):
                pixels, label = decode(record)
                if pixels.shape[0] != subject.prepared.shape[0]:
                    pixels, label = decode(record, force_color=not gray, force_gray=gray)
            yield key.decode("utf-8", "replace"), label, pixels
    finally:
        source.close()


def save(items: Iterator[Item], path: Path, names: Sequence[str], force: bool = False) -> int:
    """Write items to an .npz, an HDF5 file or an LMDB, by the ending of `path`; return how many.

    .npz and HDF5 hold a dataset (N, ...) for each blob, "names" and "labels" (-1 for none).
    Raises: DataError if the file exists and not `force`, for another ending, for several blobs in
        one LMDB, or if there is no picture.
    """
    if path.suffix not in KINDS:
        raise DataError(f"{path} ends in none of {', '.join(KINDS)}", hint="name it so")
    if path.exists() and not force:
        raise DataError(f"{path} exists already", hint="name another, or use --force")
    if path.suffix == ".lmdb":
        if len(names) != 1:
            raise DataError("an LMDB holds one blob", hint="write .npz or .h5, or one LMDB a blob")
        return write(path, _records(items, names[0]), force=force)
    writing: Callable[[Any, Iterator[Item]], int] = (
        _write_npz if path.suffix == ".npz" else _write_h5
    )
    with folders_above(path), replacing(path) as aside:
        count = writing(aside, items)
        if not count:
            raise DataError(f"{path}: there is not one picture to write")
    return count


def _records(items: Iterator[Item], name: str) -> Iterator[tuple[bytes, bytes]]:
    from caffe2torch.caffe_pb2 import Datum

    for index, item in enumerate(items):
        value = item.values[name]
        shape = (*value.shape[1:], 1, 1, 1)[:3]
        datum = Datum(channels=shape[0], height=shape[1], width=shape[2])
        datum.float_data.extend(value.ravel().tolist())
        if item.label >= 0:
            datum.label = item.label
        yield b"%010d" % index, datum.SerializeToString()


def _write_npz(path: Path, items: Iterator[Item]) -> int:
    gathered = list(items)
    if gathered:
        arrays: dict[str, Any] = {
            key: np.concatenate([item.values[key] for item in gathered])
            for key in gathered[0].values
        }
        names = np.array([item.name for item in gathered])
        labels = np.array([item.label for item in gathered])
        arrays |= {"names": names, "labels": labels}
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
    return len(gathered)


def _write_h5(path: Path, items: Iterator[Item]) -> int:
    import h5py

    count = 0
    with h5py.File(path, "w") as file:
        for item in items:
            rows = {**item.values, "labels": np.array([item.label])}
            for key, value in rows.items():
                _append(file, key, value)
            _append(file, "names", np.array([item.name], dtype=h5py.string_dtype()))
            count += 1
    return count


def _append(file: Any, key: str, rows: Array) -> None:
    """Put rows (n, ...) at the end of a dataset that grows."""
    if key not in file:
        file.create_dataset(key, data=rows, maxshape=(None, *rows.shape[1:]), chunks=True)
        return
    dataset = file[key]
    dataset.resize(len(dataset) + len(rows), axis=0)
    dataset[-len(rows) :] = rows
