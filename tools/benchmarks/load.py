"""A caffemodel of VGG-16's size: reading it against reading the file's bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.weights import read_weights, write_caffemodel
from tools.benchmarks.pairs import Ratio, paired

SHAPES = [(64, 3, 3, 3), (512, 512, 3, 3), (512, 512, 3, 3), (4096, 25088), (4096, 4096)]


def measure() -> Iterator[Ratio]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.caffemodel"
        net = pb.NetParameter(name="big")
        blobs = {}
        for i, shape in enumerate(SHAPES):
            net.layer.add(name=f"l{i}", type="InnerProduct")
            blobs[f"l{i}"] = [np.zeros(shape, np.float32)]
        write_caffemodel(str(path), net, blobs)
        del blobs

        def ours() -> float:
            weights = read_weights(str(path))
            return sum(float(np.asarray(a).sum()) for name in weights for a in weights[name])

        def theirs() -> float:
            return float(np.frombuffer(path.read_bytes(), np.uint8)[::4096].sum())

        size = path.stat().st_size / 2**20
        yield paired(
            f"reading and summing a {size:.0f} MB caffemodel", ours, theirs,
            goal=1.5, against="reading the file into memory", runs=3,
        )  # fmt: skip
