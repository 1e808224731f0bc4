"""A Caffe database as a torch Dataset, for training without Caffe's data layers."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from caffe2torch.data.datum import decode
from caffe2torch.data.faults import at_record
from caffe2torch.data.sources import Source, open_source
from caffe2torch.data.sources.base import Cursor


class LMDBDataset(Dataset[tuple[Any, int]]):
    """The records of a database in the order of their keys: (image, label).

    image: (C, H, W), uint8 as stored (BGR, where convert_imageset wrote it), or float32 for
           records of floats; `transform`, if given, is applied to it

    Opened anew in each process, so that it works with any number of DataLoader workers.
    Raises: DataError if there is no such database, or a record cannot be decoded.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        transform: Callable[[Tensor], Any] | None = None,
        backend: str = "LMDB",
    ) -> None:
        self.path, self.transform, self.backend = os.fspath(path), transform, backend
        self._owner = 0
        self._source: Source | None = None
        self._cursor: Cursor | None = None
        self._keys = self._read_keys()

    def _read_keys(self) -> list[bytes]:
        cursor = self._open()
        keys = [cursor.key]
        while cursor.step():
            keys.append(cursor.key)
        return keys

    def _open(self) -> Cursor:
        """A cursor of this process: what a parent process opened must not be used."""
        if self._cursor is None or self._owner != os.getpid():
            self._source = open_source(self.path, self.backend)
            self._cursor, self._owner = self._source.cursor(), os.getpid()
        return self._cursor

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        key = self._keys[index]
        cursor = self._open()
        cursor.seek(key)
        with at_record(self.path, key):
            pixels, label = decode(cursor.value)
        image: Any = torch.from_numpy(np.array(pixels))
        return (self.transform(image) if self.transform else image), label

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_owner": 0, "_source": None, "_cursor": None}
