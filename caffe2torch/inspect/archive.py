"""PyTorch's zip archives without torch: what was pickled, and where the numbers lie.

Nothing is executed: of the names that a pickle calls, those of tensors are known here, and all
others become an `Opaque` that only keeps its name.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caffe2torch import inputs
from caffe2torch.errors import WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

STORAGES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "bf16",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "u1",
}  # fmt: skip
MOST = 1 << 26
"""Bytes of a pickle or of JSON in an archive: millions of names fit."""


@dataclass(frozen=True)
class Tensor:
    """A tensor in an archive: numpy's type ("bf16" besides), and where it lies in which record."""

    type: str
    record: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Opaque:
    """A value of a class that is not known here; it takes whatever a pickle does to it."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def __call__(self, *_args: Any, **_named: Any) -> Opaque:
        return self

    def __setstate__(self, _state: Any) -> None:
        pass

    def append(self, _item: Any) -> None:
        """Take an item of a list."""

    def __setitem__(self, _key: Any, _item: Any) -> None:
        pass


class Archive:
    """An open archive of torch.save or torch.export.save."""

    def __init__(self, path: str, file: zipfile.ZipFile) -> None:
        self.path, self.file = path, file
        self.names = file.namelist()
        self.root = self.names[0].partition("/")[0] if self.names else ""
        self.newest = ("", b"")  # many tensors may be views of one record

    def has(self, name: str) -> bool:
        """Whether there is a record of this name, below the archive's own folder."""
        return f"{self.root}/{name}" in self.names

    def read(self, name: str, most: int = MOST) -> bytes:
        """The bytes of a record. Raises: ValueError if they are packed, or more than `most`."""
        entry = self.file.getinfo(f"{self.root}/{name}")
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > most:
            raise ValueError(f"record {name} has {entry.file_size:,} bytes, or is packed")
        return self.file.read(entry)

    def json(self, name: str) -> Any:
        """A record of JSON. Raises: ValueError if it is none."""
        return inputs.parse_json(self.read(name))

    def pickled(self) -> Any:
        """What torch.save was given, tensors as `Tensor`. Raises: ValueError for no such pickle."""
        try:
            return _Reader(io.BytesIO(self.read("data.pkl"))).load()
        except Exception as error:  # noqa: BLE001  a damaged pickle raises anything
            raise ValueError(f"its pickle cannot be read: {error}") from None

    def values(self, tensor: Tensor) -> NDArray[Any]:
        """The numbers of a tensor. Raises: ValueError if they do not lie in the archive."""
        import numpy as np

        if self.newest[0] != tensor.record:
            self.newest = tensor.record, self.read(tensor.record, inputs.LIMIT)
        raw = np.frombuffer(self.newest[1], np.uint8)
        kind = "<u2" if tensor.type == "bf16" else tensor.type
        flat = raw[: len(raw) // np.dtype(kind).itemsize * np.dtype(kind).itemsize].view(kind)
        last = tensor.offset + sum(
            (size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True)
        )
        if min(tensor.shape, default=1) == 0:
            return np.empty(tensor.shape, np.float32)
        if not 0 <= tensor.offset <= last < len(flat) or min(tensor.strides, default=0) < 0:
            raise ValueError(f"a tensor {tensor.shape} ends behind its {len(flat):,} numbers")
        steps = tuple(stride * flat.itemsize for stride in tensor.strides)
        view = np.lib.stride_tricks.as_strided(flat[tensor.offset :], tensor.shape, steps)
        if tensor.type == "bf16":
            view = (view.astype(np.uint32) << 16).view(np.float32)
        return view


@contextmanager
def opened(path: str) -> Iterator[Archive]:
    """Open an archive for a block. Raises: WeightsError if it is damaged."""
    try:
        with inputs.opened(path) as raw, zipfile.ZipFile(raw) as file:
            yield Archive(path, file)
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{path} is an archive of PyTorch's, damaged or cut short: {error}"
        raise WeightsError(what, hint="fetch or write it again") from None


def tensors(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Each tensor in a pickled value under its keys joined by dots; wrappers as torch.save has."""
    if isinstance(value, Tensor):
        yield name or "tensor", value
    elif isinstance(value, dict | list | tuple) and depth < 20:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from tensors(inner, f"{name}.{key}" if name else str(key), depth + 1)


def named(kind: str) -> str:
    """A type of numbers by its usual name: "float32"."""
    import numpy as np

    return "bfloat16" if kind == "bf16" else np.dtype(kind).name


class _Reader(pickle.Unpickler):
    """Reads what torch.save pickled."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what builds a tensor or an ordered dict; an Opaque for all else."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_tensor"):
            return _tensor
        if module == "torch._utils" and name == "_rebuild_parameter":
            return _parameter
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        return Opaque

    def persistent_load(self, reference: Any) -> Any:
        """Return the type and the record of a storage."""
        _, kind, key, *_ = reference
        if not isinstance(kind, str):
            raise ValueError(f"storage {key} has numbers of an unknown type")
        return kind, f"data/{key}"


def _tensor(storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> Tensor:
    return Tensor(storage[0], storage[1], int(offset), tuple(shape), tuple(strides))


def _parameter(tensor: Any, *_: Any) -> Any:
    return tensor
