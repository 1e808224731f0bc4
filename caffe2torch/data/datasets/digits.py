"""The UCI handwritten digits as arrays, and as a complete Caffe folder.

1,797 real grey images of 8x8 pixels in ten classes, by 13 writers.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
Learning Repository, 1998, licence CC BY 4.0; the part that scikit-learn distributes. Stored
here as they were published, 0..16 ink dots a pixel.
"""

from __future__ import annotations

import random
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.atomic import replacing
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEST_COUNT = 360
SEED = 1
TRAIN_LMDB, TEST_LMDB, MEAN = "digits_train_lmdb", "digits_test_lmdb", "mean.binaryproto"
NETS = ("train_val.prototxt", "solver.prototxt", "deploy.prototxt")


def load() -> tuple[NDArray[np.uint8], list[int]]:
    """Return all images, (1797, 1, 8, 8) uint8, 0..16 stretched to 0..255, and their labels."""
    import numpy as np

    with (files(__package__) / "digits.npz").open("rb") as file, np.load(file) as arrays:
        dots, labels = arrays["images"], arrays["labels"]
    images = ((dots.astype(np.uint16) * 255 + 8) // 16).astype(np.uint8)
    return images[:, None], labels.tolist()


def split() -> tuple[list[int], list[int]]:
    """Return which images train and which 360 test, each shuffled, always the same."""
    order = list(range(1797))
    random.Random(SEED).shuffle(order)
    return order[TEST_COUNT:], order[:TEST_COUNT]


def write_folder(folder: Path, *, force: bool = False, gpu: bool = False) -> None:
    """Write the databases, the mean, and the nets and solver that train on them.

    gpu: let solver_mode be GPU
    Raises: DataError if one of the files exists and `force` is not set.
    """
    if not force:
        _refuse(folder, NETS)
    write_databases(folder, force=force)
    for name in NETS:
        with replacing(folder / name) as aside:
            text = (files(__package__) / "digits_lenet" / name).read_bytes()
            if gpu:
                text = text.replace(b"solver_mode: CPU", b"solver_mode: GPU")
            aside.write_bytes(text)


def write_databases(folder: Path, *, size: int = 8, force: bool = False) -> None:
    """Write the two databases and their mean; images of `size` pixels repeat each of the 8.

    Raises: DataError if `size` is no multiple of 8, or one of the files exists and `force` is
        not set.
    """
    from caffe2torch.data.importers.database import image_records, writing
    from caffe2torch.data.mean import database_mean, save_mean

    if size < 8 or size % 8:
        raise DataError(f"size {size} is no multiple of 8, the size of the digits")
    if not force:
        _refuse(folder, (TRAIN_LMDB, TEST_LMDB, MEAN))
    images, labels = load()
    images = images.repeat(size // 8, 2).repeat(size // 8, 3)
    train, test = split()
    with ExitStack() as together:
        for name, part in ((TRAIN_LMDB, train), (TEST_LMDB, test)):
            fill = together.enter_context(writing(folder / name, force=force))
            fill(image_records(images, labels, part))
    mean, _ = database_mean(str(folder / TRAIN_LMDB))
    save_mean(folder / MEAN, mean)


def _refuse(folder: Path, names: tuple[str, ...]) -> None:
    taken = [name for name in names if (folder / name).exists()]
    if taken:
        raise DataError(
            f"{folder} holds {', '.join(taken)} already", hint="name a new folder, or use --force"
        )
