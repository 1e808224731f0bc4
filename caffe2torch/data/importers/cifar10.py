"""CIFAR-10 and CIFAR-100 as their authors publish them, binary or pickled, packed or unpacked.

Source: Krizhevsky, "The CIFAR-10 dataset", sections "Binary version" and "Python version"; Caffe
        examples/cifar10/convert_cifar_data.cpp for the keys and the order
"""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch import inputs
from caffe2torch.data.importers.arrays import Record, datum
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIXELS = 3 * 32 * 32
TRAIN = [f"data_batch_{i}" for i in range(1, 6)]
TEST = ["test_batch"]


def records(path: Path, train: bool) -> Iterator[Record]:
    """Yield the records of the training or the test set under keys of five digits, as Caffe does.

    path: the folder that holds the batches, or the .tar.gz of the binary or the Python version
    Raises: DataError if a batch is missing or broken.
    """
    number = 0
    with _opened(path) as read:
        for name in TRAIN if train else TEST:
            labels, images = _batch(name, read, path)
            for label, image in zip(labels, images, strict=True):
                yield b"%05d" % number, datum(image, int(label)).SerializeToString()
                number += 1


@contextmanager
def _opened(path: Path) -> Iterator[Callable[[str], bytes | None]]:
    """Yield what reads a file by its name, in a folder or in an archive."""
    if path.is_dir():
        files = {file.name: file for file in path.rglob("*") if file.is_file()}
        yield lambda name: inputs.read(files[name]) if name in files else None
        return
    try:
        inputs.check(path)
        archive = tarfile.open(inputs.place(path))  # noqa: SIM115 - closed below
    except tarfile.TarError as error:
        reason = str(error).partition(":")[0]  # behind it, what each way to unpack says
        raise DataError(f"{path} is neither a folder nor an archive: {reason}") from None
    with archive:
        members = {Path(m.name).name: m for m in archive.getmembers() if m.isfile()}

        def read(name: str) -> bytes | None:
            file = archive.extractfile(members[name]) if name in members else None
            return file.read() if file else None

        yield read


def _batch(
    name: str, read: Callable[[str], bytes | None], path: Path
) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Return labels (N,) and images (N, 3, 32, 32) of one batch, red first as published."""
    import numpy as np

    content = read(f"{name}.bin")
    if content is not None:
        if not content or len(content) % (1 + PIXELS):
            raise DataError(
                f"{path}: {name}.bin is cut off: {len(content):,} bytes are no whole images"
            )
        rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + PIXELS)
        return rows[:, 0], rows[:, 1:].reshape(-1, 3, 32, 32)
    content = read(name)
    if content is None:
        raise DataError(f"{path} holds no {name}.bin and no {name}", hint="name CIFAR-10's folder")
    batch = _unpickled(content, f"{path}: {name}")
    data = np.asarray(batch[b"data"], np.uint8).reshape(-1, 3, 32, 32)
    return np.asarray(batch[b"labels"]), data


class _Arrays(pickle.Unpickler):
    """Makes arrays of numpy, and nothing else that a pickle could run."""

    ALLOWED = {
        ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"),
    }  # fmt: skip

    def find_class(self, module: str, name: str) -> Any:
        """Return what a pickle names, if it is one of numpy's arrays' parts."""
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is not run")
        if name == "_reconstruct":
            import numpy as np

            return np.ndarray(0).__reduce__()[0]  # its module changed its name with numpy 2
        return super().find_class(module, name)


def _unpickled(content: bytes, where: str) -> dict[bytes, Any]:
    try:
        batch = _Arrays(io.BytesIO(content), encoding="bytes").load()
        if not isinstance(batch, dict) or not {b"data", b"labels"} <= batch.keys():
            raise pickle.UnpicklingError("it holds no data and labels")
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, ValueError) as error:
        raise DataError(f"{where}: no batch of CIFAR-10: {error}") from None
    return batch
