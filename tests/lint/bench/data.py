"""The data of the benchmark: real digits, and color images with the spectrum of photographs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from caffe2torch.data.datasets import digits
from caffe2torch.data.importers.database import write_images
from caffe2torch.data.mean import database_mean, save_mean
from tests.lint.bench.healthy import MEANS, RECORDS

SIZE = 256
DIGIT_SIZE = 32


def write(folder: Path, kinds: Iterable[str] = ("digits", "photos")) -> None:
    """Write {kind}_{train,test}_lmdb, a mean file and odd databases of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        {"digits": _digits, "photos": _photos}[kind](folder, np.random.default_rng(1))
        mean, _ = database_mean(str(folder / f"{kind}_train_lmdb"))
        save_mean(folder / f"{kind}_mean.binaryproto", mean)


def _digits(folder: Path, rng: np.random.Generator) -> None:
    images, found = digits.load()
    images = images.repeat(DIGIT_SIZE // 8, 2).repeat(DIGIT_SIZE // 8, 3)
    train, test = digits.split()
    labels, order = np.array(found), np.array(train)
    lopsided = np.where(rng.random(len(labels)) < 0.95, 0, labels)
    by_class = order[np.argsort(labels[order])]
    for name, shown, which in (
        ("digits_train", labels, order), ("digits_test", labels, np.array(test)),
        ("sorted", labels, by_class), ("from_one", labels + 1, order),
        ("single", np.full_like(labels, 3), order), ("lopsided", lopsided, order),
    ):  # fmt: skip
        write_images(folder / f"{name}_lmdb", images, shown, which)
    _degenerate(folder, "digits", images.shape[1:], rng)


def _photos(folder: Path, rng: np.random.Generator) -> None:
    for name, count in zip(("train", "test"), RECORDS["photos"], strict=True):
        shown = rng.permutation(np.arange(count) % 10)
        pixels = np.stack([photo(int(label), rng) for label in shown])
        write_images(folder / f"photos_{name}_lmdb", pixels, shown.tolist(), range(count))
    grey = np.stack([photo(i % 10, rng)[:1] for i in range(48)])
    write_images(folder / "grey_test_lmdb", grey, [i % 10 for i in range(48)], range(48))
    _degenerate(folder, "photos", (3, SIZE, SIZE), rng)


def _degenerate(folder: Path, kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    """Databases of constant images, and of one and the same image."""
    shown = rng.permutation(np.arange(40) % 10)
    copy = rng.integers(0, 255, shape).astype(np.uint8)
    for name, image in (("constant", np.full(shape, 90, np.uint8)), ("copies", copy)):
        images = np.broadcast_to(image, (40, *shape))
        write_images(folder / f"{name}_{kind}_lmdb", images, shown, range(40))


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
