"""Batches a second of the data pipeline against its bars, real Caffe and the bare decoder."""

from __future__ import annotations

import io
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import feeds
from caffe2torch.data.feeds.base import SourceSite
from caffe2torch.data.importers import database
from caffe2torch.data.workers import default_count
from caffe2torch.format.schema import parse_message
from caffe2torch.module.feed import Prefetcher
from caffe2torch.weights import write_mean
from tools.benchmarks.caffe import ask, start
from tools.benchmarks.pairs import Ratio

ROUNDS, SECONDS = 5, 0.4

NET = """layer {{ name: "data" type: "Data" top: "data" top: "label"
  transform_param {{ {transform} }}
  data_param {{ source: "{source}" batch_size: {batch} backend: LMDB }} }}
"""
SINK = 'layer { name: "sink" type: "Silence" bottom: "data" bottom: "label" }\n'

PYCAFFE = """
import sys, time, caffe
net = caffe.Net(sys.argv[1], caffe.TRAIN)
for _ in range(10): net.forward()
for line in sys.stdin:
    count, start = 0, time.time()
    while time.time() - start < float(line):
        net.forward()
        count += len(net.blobs['data'].data)
    print(count / (time.time() - start), flush=True)
"""


class Database:
    """Images of one shape as an LMDB with its mean, raw or JPEG: noise, or parts of photographs."""

    def __init__(self, folder: Path, shape: tuple[int, int, int], number: int, jpeg: bool) -> None:
        rng = np.random.default_rng(0)
        if shape[1] < 256:
            images = rng.integers(0, 256, (number, *shape), np.uint8)
        else:
            images = _photographs(rng, shape, number)
        self.path, self.mean = folder / "lmdb", folder / "mean.binaryproto"
        folder.mkdir()
        write_mean(self.mean, images.mean(axis=0).astype(np.float32))
        self.images = images
        self.files = [_jpeg(image) for image in images] if jpeg else []
        records = (
            pb.Datum(data=self.files[i], label=i % 10, encoded=True)
            if jpeg
            else pb.Datum(channels=shape[0], height=shape[1], width=shape[2], label=i % 10,
                          data=images[i].tobytes())
            for i in range(number)
        )  # fmt: skip
        database.write(
            self.path, ((b"%08d" % i, r.SerializeToString()) for i, r in enumerate(records))
        )


def _photographs(
    rng: np.random.Generator, shape: tuple[int, int, int], number: int
) -> NDArray[np.uint8]:
    """Pieces (number, 3, H, W) of photographs: how long a JPEG takes to decode hangs on them."""
    from skimage import data

    whole = [getattr(data, name)() for name in ("astronaut", "chelsea", "coffee", "rocket")]
    images = np.empty((number, *shape), np.uint8)
    for i, image in enumerate(images):
        photograph = whole[i % len(whole)]
        y, x = (
            rng.integers(have - want)
            for have, want in zip(photograph.shape, shape[1:], strict=False)
        )
        image[...] = photograph[y : y + shape[1], x : x + shape[2]].transpose(2, 0, 1)
    return images


def _jpeg(image: np.ndarray) -> bytes:
    from PIL import Image

    with io.BytesIO() as out:
        Image.fromarray(image.transpose(1, 2, 0)).save(out, "JPEG", quality=90)
        return out.getvalue()


def ours(net: str, batch: int) -> tuple[Callable[[float], float], Callable[[], None]]:
    """Return what measures images a second for some seconds, and what ends it."""
    param = parse_message(net, "NetParameter", "bench").message.layer[0]
    prefetcher = Prefetcher(
        feeds.find("Data")(SourceSite("data", param, True)), param.data_param.prefetch
    )
    for _ in range(10):
        prefetcher.get()

    def rate(seconds: float) -> float:
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            prefetcher.get()
            count += batch
        return count / (time.perf_counter() - start)

    return rate, prefetcher.close


def caffe(folder: Path, net: str) -> subprocess.Popen[str] | None:
    """Start real Caffe on the same net; it answers a number of seconds with images a second."""
    (folder / "net.prototxt").write_text(net + SINK)
    return start(PYCAFFE, folder, str(folder / "net.prototxt"))


def bare_decoder(files: list[bytes]) -> Callable[[float], float]:
    """Decoding alone, on all cores."""
    import cv2

    pool = ThreadPoolExecutor(default_count())
    arrays = [np.frombuffer(file, np.uint8) for file in files]

    def rate(seconds: float) -> float:
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            list(pool.map(lambda a: cv2.imdecode(a, cv2.IMREAD_COLOR), arrays[:64]))
            count += 64
        return count / (time.perf_counter() - start)

    return rate


def bare_bandwidth(images: NDArray[np.uint8], size: int) -> Callable[[float], float]:
    """Reading the pixels of a crop of each image once and writing them as floats, on all cores."""
    pool, turn = ThreadPoolExecutor(default_count()), count()
    batches = [np.zeros((64, 3, size, size), np.float32) for _ in range(3)]
    first = (images.shape[2] - size) // 2
    crops = images[:, :, first : first + size, first : first + size]

    def copy(part: slice) -> None:
        number = next(turn)
        for i in range(part.start, part.stop):
            np.copyto(batches[number // 8 % 3][i], crops[(number * 8 + i % 8) % len(crops)])

    def rate(seconds: float) -> float:
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            list(pool.map(copy, [slice(i, i + 8) for i in range(0, 64, 8)]))
            done += 64
        return done / (time.perf_counter() - start)

    return rate


def compared(
    name: str, mine: Callable[[float], float], theirs: Callable[[float], float],
    goal: float, against: str,
) -> Ratio:  # fmt: skip
    """Measure both in turn; the ratio is of seconds an image, so that less is better."""
    rates = [(mine(SECONDS), theirs(SECONDS)) for _ in range(ROUNDS)]
    ratio = statistics.median(b / a for a, b in rates)
    a, b = (statistics.median(side) for side in zip(*rates, strict=True))
    return Ratio(f"{name} ({a:,.0f} images/s)", 1 / a, 1 / b, ratio, goal, against)


MEAN = 'mirror: true mean_file: "{mean}"'
CASES = (
    ("raw 1x28x28", (1, 28, 28), 10_000, "scale: 0.00390625", 64, 200_000),
    ("raw 3x32x32 mirror, mean", (3, 32, 32), 10_000, MEAN, 100, 100_000),
)  # fmt: skip
CROPPED = 'mirror: true crop_size: 224 mean_file: "{mean}"'


def measure() -> Iterator[Ratio]:
    with tempfile.TemporaryDirectory(prefix="c2t-bench-") as temporary:
        folder = Path(temporary)
        for number, (name, shape, count, transform, batch, bar) in enumerate(CASES):
            made = Database(folder / str(number), shape, count, jpeg=False)
            net = NET.format(
                source=made.path, batch=batch, transform=transform.format(mean=made.mean)
            )
            rate, close = ours(net, batch)
            bar_rate = float(bar)
            yield compared(
                name, rate, lambda _s, r=bar_rate: r, 1.0, f"the bar of {bar:,} images/s"
            )
            close()
        yield from _large(folder, jpeg=False)
        yield from _large(folder, jpeg=True)


def _large(folder: Path, jpeg: bool) -> Iterator[Ratio]:
    """256x256 cropped to 224: against Caffe where it is, and JPEG against the bare decoder."""
    name = "JPEG" if jpeg else "raw"
    made = Database(folder / name, (3, 256, 256), 1024, jpeg)
    net = NET.format(source=made.path, batch=64, transform=CROPPED.format(mean=made.mean))
    rate, close = ours(net, 64)
    process = caffe(folder / name, net)
    label = f"{name} 256 to 224, mirror, mean"
    if jpeg:
        yield compared(label, rate, bare_decoder(made.files), 1 / 0.85, "the bare decoder")
    else:
        against = "the bandwidth of its bytes"
        yield compared(label, rate, bare_bandwidth(made.images, 224), 1 / 0.6, against)
    if process:
        yield compared(label, rate, lambda s: float(ask(process, str(s))), 0.5, "real Caffe")
        process.terminate()
        process.communicate()
    close()
