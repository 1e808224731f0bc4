"""The data of the benchmark: real digits, and color images with the spectrum of photographs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from caffe2torch.data import unit
from caffe2torch.data.importers.database import write_images
from caffe2torch.datasets import digits
from tests.lint.bench.healthy import MEANS, RECORDS

SIZE = 256
DIGIT_SIZE = 32


def write(folder: Path) -> None:
    """Write digits_{train,test}_lmdb, photos_{train,test}_lmdb and a mean file of each."""
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = digits.load()
    images = images.repeat(DIGIT_SIZE // 8, 2).repeat(DIGIT_SIZE // 8, 3)
    train, test = digits.split()
    write_images(folder / "digits_train_lmdb", images, labels, train)
    write_images(folder / "digits_test_lmdb", images, labels, test)
    rng = np.random.default_rng(1)
    for name, count in zip(("train", "test"), RECORDS["photos"], strict=True):
        shown = rng.permutation(np.arange(count) % 10)
        pixels = np.stack([photo(int(label), rng) for label in shown])
        write_images(folder / f"photos_{name}_lmdb", pixels, shown.tolist(), range(count))
    _odd(folder, images, np.array(labels), train, rng)
    for kind in ("digits", "photos"):
        mean, _ = unit.database_mean(str(folder / f"{kind}_train_lmdb"))
        unit.write(folder / f"{kind}_mean.binaryproto", mean)


def _odd(
    folder: Path, images: np.ndarray, labels: np.ndarray, train: list[int], rng: np.random.Generator
) -> None:
    """Databases with something wrong about them."""
    order = np.array(train)
    write_images(folder / "sorted_lmdb", images, labels, order[np.argsort(labels[order])])
    write_images(folder / "from_one_lmdb", images, labels + 1, order)
    write_images(folder / "single_lmdb", images, np.full_like(labels, 3), order)
    lopsided = np.where(rng.random(len(labels)) < 0.95, 0, labels)
    write_images(folder / "lopsided_lmdb", images, lopsided, order)
    shown = rng.permutation(np.arange(40) % 10)
    for kind, shape in (("digits", (1, 32, 32)), ("photos", (3, SIZE, SIZE))):
        constant = np.full((40, *shape), 90, np.uint8)
        write_images(folder / f"constant_{kind}_lmdb", constant, shown, range(40))
        copy = rng.integers(0, 255, shape).astype(np.uint8)
        copies = np.broadcast_to(copy, (40, *shape))
        write_images(folder / f"copies_{kind}_lmdb", copies, shown, range(40))
    grey = np.stack([photo(i % 10, rng)[:1] for i in range(48)])
    write_images(folder / "grey_test_lmdb", grey, [i % 10 for i in range(48)], range(48))


def photo(label: int, rng: np.random.Generator) -> np.ndarray:
    """(3, 256, 256) uint8: 1/f noise alike in all channels, and a stripe that tells the class."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIZE), np.fft.fftfreq(SIZE)))
    spectrum = 1 / np.maximum(frequency, 1 / SIZE) ** 1.1
    gray, *own = (
        np.fft.ifft2(np.fft.fft2(rng.standard_normal((SIZE, SIZE))) * spectrum).real
        for _ in range(4)
    )
    gray = gray / gray.std()
    image = np.stack([0.93 * gray + 0.37 * line / line.std() for line in own]) * 60
    image[label % 3, label * 24 : label * 24 + 24] += 50
    image += np.array(MEANS["photos"])[:, None, None] + rng.normal(0, 20)
    return np.clip(image, 0, 255).astype(np.uint8)
