"""Databases and lists for the tests of the data rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import lmdb
import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.datasets import digits
from caffe2torch.data.importers.database import write_images
from tests.lint.checks import Folder

TRAIN, TEST = "digits_train_lmdb", "digits_test_lmdb"


def write(path: Path, images: np.ndarray, labels: Sequence[int]) -> None:
    """Replace a database by these images (N, C, H, W), uint8 or float32."""
    import shutil

    shutil.rmtree(path, ignore_errors=True)
    if images.dtype == np.uint8:
        write_images(path, images, labels, range(len(images)))
        return
    with lmdb.open(str(path), map_size=1 << 24) as env, env.begin(write=True) as txn:
        for i, (image, label) in enumerate(zip(images, labels, strict=True)):
            c, h, w = image.shape
            datum = pb.Datum(channels=c, height=h, width=w, label=int(label))
            datum.float_data.extend(image.flatten().tolist())
            txn.put(b"%08d" % i, datum.SerializeToString())


def both(folder: Folder, images: np.ndarray, labels: Sequence[int]) -> Folder:
    """Replace both databases; the mean file, which would not fit, goes."""
    for name in (TRAIN, TEST):
        write(folder.path / name, images, labels)
    return folder.net({'    mean_file: "mean.binaryproto"\n': ""})


def noise(
    count: int = 64, channels: int = 1, size: int = 8, mean: Sequence[float] = (115.0,)
) -> np.ndarray:
    """Images (N, C, H, W) uint8 of random pixels, with a mean a channel and std near 40."""
    rng = np.random.default_rng(1)
    pixels = rng.normal(np.reshape(mean, (-1, 1, 1)), 40, (count, channels, size, size))
    return np.clip(pixels, 0, 255).astype(np.uint8)


def by_class(run: int) -> tuple[np.ndarray, list[int]]:
    """The digits that train, in runs of `run` of one class, each class in turn."""
    images, labels = digits.load()
    train, _ = digits.split()
    piles = [[i for i in train if labels[i] == label] for label in range(10)]
    order = []
    while any(piles):
        for pile in piles:
            order += pile[:run]
            del pile[:run]
    return images[order], [labels[i] for i in order]


def pictures(folder: Folder, count: int = 12, channels: int = 3, size: int = 8) -> list[str]:
    """Write PNG files and return their names."""
    from PIL import Image

    names = []
    for i, image in enumerate(noise(count, channels, size, (60, 120, 180)[:channels])):
        names.append(f"{i}.png")
        Image.fromarray(image.transpose(1, 2, 0).squeeze()).save(folder.path / names[-1])
    return names


def image_data(folder: Folder, lines: Sequence[str], fields: str = "") -> Folder:
    """Let TRAIN read a list of images."""
    (folder.path / "list.txt").write_text("".join(f"{line}\n" for line in lines))
    text = folder.net_file.read_text(encoding="utf-8")
    start, end = text.index("layer {"), text.index("layer {", 10 + text.index("layer {"))
    layer = f"""layer {{
  name: "images"
  type: "ImageData"
  top: "data"
  top: "label"
  include {{ phase: TRAIN }}
  transform_param {{ scale: 0.00390625 }}
  image_data_param {{ source: "list.txt" batch_size: 4 {fields} }}
}}
"""
    return folder.write(net=text[:start] + layer + text[end:])
