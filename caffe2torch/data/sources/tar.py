"""WebDataset's tar shards as a database: samples in the order of the files.

A sample is files of one stem: an image (jpg, png, ..., npy) beside its label in a .cls. Only the
headers are read when it is opened; an image is read when the cursor's value is asked for.

Source: the documentation of webdataset, "The WebDataset Format"
"""

from __future__ import annotations

import io
import tarfile
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.data.npy import read_npy
from caffe2torch.data.sources.base import Buffer, Cursor, Source
from caffe2torch.errors import DataError

IMAGES = {"jpg", "jpeg", "png", "bmp", "gif", "webp", "tif", "tiff", "img", "npy"}


@dataclass(frozen=True)
class Sample:
    """Where an image lies in a file, and its label."""

    key: bytes
    path: Path
    offset: int
    size: int
    extension: str
    label: int

    def record(self) -> bytes:
        """Return it as a serialised Datum."""
        from caffe2torch import caffe_pb2 as pb

        with inputs.opened(self.path) as file:
            file.seek(self.offset)
            content = file.read(self.size)
        if self.extension != "npy":
            return pb.Datum(data=content, label=self.label, encoded=True).SerializeToString()
        import numpy as np

        name = f"{self.path}: sample {self.key!r}"
        array = read_npy(io.BytesIO(content), name, len(content)).astype(np.float32)
        if array.ndim > 3:
            raise DataError(f"{name} has shape {array.shape}", hint="store (C, H, W)")
        c, h, w = (1,) * (3 - array.ndim) + array.shape
        record = pb.Datum(channels=c, height=h, width=w, label=self.label)
        record.float_data.extend(array.ravel().tolist())
        return record.SerializeToString()


class TarCursor(Cursor):
    """A place among the samples."""

    def __init__(self, samples: list[Sample]) -> None:
        self._samples, self._at = samples, 0

    @property
    def key(self) -> bytes:
        return self._samples[self._at].key if self._at < len(self._samples) else b""

    @property
    def value(self) -> Buffer:
        return self._samples[self._at].record()

    def first(self) -> None:
        self._at = 0

    def last(self) -> None:
        self._at = len(self._samples) - 1

    def step(self) -> bool:
        self._at += 1
        return self._at < len(self._samples)

    def seek(self, key: bytes) -> bool:
        self._at = bisect_left([sample.key for sample in self._samples], key)
        return self._at < len(self._samples)


class Tar(Source):
    """One shard. Keys are eight digits and the name of the sample."""

    backend = "TAR"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        try:
            inputs.check(path)
            with tarfile.open(path, "r:") as archive:
                self._samples = _samples(path, archive)
        except (tarfile.TarError, OSError) as error:
            raise DataError(f'"{path}" is no tar file that can be read: {error}') from None
        if not self._samples:
            raise DataError(f'"{path}" holds no sample')

    @classmethod
    def fits(cls, path: str) -> bool:
        return path.endswith(".tar") and Path(path).is_file()

    def __len__(self) -> int:
        return len(self._samples)

    def cursor(self) -> TarCursor:
        return TarCursor(self._samples)

    def close(self) -> None:
        """Nothing is held open."""


def _samples(path: str, archive: tarfile.TarFile) -> list[Sample]:
    """Return the samples of an archive. Raises DataError naming one that is not complete."""
    samples: list[Sample] = []
    stem, image, label = "", None, None
    for member in [*archive, None]:
        name = member.name if member else ""
        folder, slash, file = name.rpartition("/")
        base, _, extension = file.partition(".")
        if folder + slash + base != stem:
            if image is not None and label is None:
                raise DataError(f'"{path}": sample "{stem}" has no label', hint="store a .cls")
            if image is not None and label is not None:
                key = f"{len(samples):08d}_{stem}".encode()
                kind = image.name.rpartition(".")[2].lower()
                samples.append(Sample(key, Path(path), image.offset_data, image.size, kind, label))
            stem, image, label = folder + slash + base, None, None
        if member and member.isfile() and extension.lower() in IMAGES:
            image = member
        elif member and member.isfile() and extension == "cls":
            label = _label(path, stem, archive.extractfile(member))
    return samples


def _label(path: str, stem: str, file: object) -> int:
    try:
        return int(file.read())  # type: ignore[attr-defined]  # tarfile's own type is private
    except ValueError:
        raise DataError(f'"{path}": the .cls of sample "{stem}" is no whole number') from None
