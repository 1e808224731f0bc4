"""C2T118 channel-mismatch."""

from __future__ import annotations

import shutil
from io import BytesIO

import lmdb
import numpy as np
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.databases import TEST, TRAIN, both, image_data, noise, pictures, write

CODE = "C2T118"

LABELS = [i % 10 for i in range(64)]


def test_phases(folder: Folder) -> None:
    both(folder, noise(), LABELS)
    write(folder.path / TEST, noise(channels=3), LABELS)
    fires(folder, CODE, "TRAIN images have 1 channel(s), TEST images 3", severity="error")


def test_grey_list_and_colour_list(folder: Folder) -> None:
    image_data(folder, [f"{name} 1" for name in pictures(folder)])
    fires(folder, CODE, "TRAIN images have 3 channel(s), TEST images 1")


def test_mixed_records(folder: Folder) -> None:
    images = [noise(1, 1 + 2 * (i % 3 == 1))[0] for i in range(64)]
    both(folder, noise(), LABELS)
    shutil.rmtree(folder.path / TRAIN)
    with lmdb.open(str(folder.path / TRAIN), map_size=1 << 24) as env, env.begin(write=True) as txn:
        for i, image in enumerate(images):
            c, h, w = image.shape
            datum = pb.Datum(channels=c, height=h, width=w, label=i % 10, data=image.tobytes())
            txn.put(b"%08d" % i, datum.SerializeToString())
    fires(folder, CODE, "43 with 1, 21 with 3 of 64 sampled", severity="error")


def test_grey_mean(folder: Folder) -> None:
    for name in (TRAIN, TEST):
        write(folder.path / name, noise(channels=3), LABELS)
    fires(folder, CODE, "has 1 channels, the images", "have 3")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_all_in_colour(folder: Folder) -> None:
    check_noop(both(folder, noise(channels=3), LABELS), CODE)


def test_fix(folder: Folder) -> None:
    """JPEGs and PNGs of both kinds are all decoded in colour."""
    both(folder, noise(), LABELS)
    for name in (TRAIN, TEST):
        shutil.rmtree(folder.path / name)
        env = lmdb.open(str(folder.path / name), map_size=1 << 24)
        with env, env.begin(write=True) as txn:
            for i in range(64):
                datum = pb.Datum(
                    encoded=True, label=i % 10, data=png(noise(1, 1 + 2 * (i % 3 == 0))[0])
                )
                txn.put(b"%08d" % i, datum.SerializeToString())
    assert "force_color: true" in check_fixed(folder, CODE)["train_val.prototxt"]


def png(image: np.ndarray) -> bytes:
    """(1 or 3, H, W) as a PNG."""
    out = BytesIO()
    Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)).save(out, "PNG")
    return out.getvalue()
