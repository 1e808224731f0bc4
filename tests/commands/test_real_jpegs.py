"""The data tools on 2,000 JPEGs cut from real photographs."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage import data

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.cli import cli
from caffe2torch.data.datum import decode
from caffe2torch.data.images import decode_image
from caffe2torch.data.sources import open_source

COUNT = 2000
NAMES = ("astronaut", "chelsea", "coffee", "rocket")


def run(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exit_code == 0, result.stderr
    return result.output


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 2,000 JPEGs of 30 to 80 pixels in four classes, and their database."""
    folder = tmp_path_factory.mktemp("jpegs")
    rng = random.Random(0)
    for name in NAMES:
        whole = Image.fromarray(getattr(data, name)())
        (folder / "photos" / name).mkdir(parents=True)
        for i in range(COUNT // len(NAMES)):
            w, h = rng.randint(30, 80), rng.randint(30, 80)
            x, y = rng.randint(0, whole.width - w), rng.randint(0, whole.height - h)
            part = whole.crop((x, y, x + w, y + h))
            part.save(folder / "photos" / name / f"{i:04d}.jpg", quality=rng.randint(60, 95))
    run("import", "folder", folder / "photos", folder / "db", "--val", "10%", "--size", 32)
    return folder


def test_all_are_stored_and_none_is_bad(photos: Path) -> None:
    assert run("check", photos / "db", "--classes", 4).endswith("labels 0..3: fine\n")
    assert "1,800 records" in run("check", photos / "db")
    assert "200 records" in run("check", photos / "db_val")


def test_the_mean_is_that_of_the_pixels(photos: Path) -> None:
    from caffe2torch.weights import read_mean

    run("mean", photos / "db", "-o", photos / "mean.binaryproto")
    source = open_source(str(photos / "db"))
    pixels = np.stack([decode(value)[0] for _, value in source])
    source.close()
    mean = read_mean(photos / "mean.binaryproto").reshape(3, 32, 32)
    assert np.allclose(mean, pixels.mean(0, dtype=np.float64), atol=1e-3)


def test_encoded_files_are_stored_as_they_are_and_decode_as_opencv_decodes(photos: Path) -> None:
    import cv2

    files = sorted((photos / "photos" / "coffee").iterdir())[:50]
    (photos / "list.txt").write_text("".join(f"{file.name} 1\n" for file in files))
    names = (f"{photos}/photos/coffee/", photos / "list.txt", photos / "encoded")
    assert "50 records, encoded" in run("import", "images", *names, "--encoded")
    source = open_source(str(photos / "encoded"))
    stored = [Datum.FromString(value).data for _, value in source]
    source.close()
    assert stored == [file.read_bytes() for file in files]
    for file in files:
        content = file.read_bytes()
        for flag, mode in (("color", cv2.IMREAD_COLOR), ("gray", cv2.IMREAD_GRAYSCALE)):
            want = cv2.imdecode(np.frombuffer(content, np.uint8), mode)
            got = decode_image(content, flag)  # type: ignore[arg-type]
            assert (got == (want.transpose(2, 0, 1) if want.ndim == 3 else want[None])).all()


def test_stats_and_shards_take_them(photos: Path) -> None:
    assert "4 labels" in run("stats", photos / "db")
    assert "in 2 files" in run("copy", photos / "db", photos / "tar" / "%d.tar", "--shard", 900)
    assert "1,800 records" in run("check", f"{photos}/tar/*.tar")
