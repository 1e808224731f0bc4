"""The real caffemodels of a corpus: what Caffe computed with them, and their conversions.

Every model that fits its net must give Caffe's outputs within 1e-4 of their largest value,
and as Python, from safetensors and in onnxruntime what the graph gives within 1e-5.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from caffe2torch.convert.compare import difference
from caffe2torch.convert.conversion import named, run
from caffe2torch.convert.convert import Request, prepare
from caffe2torch.convert.loading import load
from caffe2torch.convert.runtimes import onnxruntime
from caffe2torch.convert.targets import onnx
from tools.zoo.convert import Clean, write

CAFFE, OURS = 1e-4, 1e-5


def pairs(folder: Path, only: str) -> Iterator[tuple[Path, Path, Path]]:
    """The caffemodels with a net that they fit, and what Caffe computed."""
    with (folder / "pairs.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["oracle"] and only in row["caffemodel"]:
                yield tuple(folder / row[k] for k in ("caffemodel", "prototxt", "oracle"))  # type: ignore[misc]


def check(folder: Path, only: str) -> tuple[int, list[tuple[str, str]]]:
    """How many pairs there are, and why the missed ones missed."""
    torch.set_num_threads(1)
    total, misses, clean = 0, [], Clean()
    for model, net, oracle in pairs(folder, only):
        total += 1
        try:
            misses += [(str(model), problem) for problem in _problems(model, net, oracle, clean)]
        except Exception as error:
            misses.append((str(model), f"{type(error).__name__}: {error}"))
    clean.close()
    return total, misses


def _problems(model: Path, net: Path, oracle: Path, clean: Clean) -> Iterator[str]:
    with np.load(oracle) as arrays:
        given = {key[3:]: torch.from_numpy(arrays[key]) for key in arrays if key[:3] == "in:"}
        theirs = {key[5:]: torch.from_numpy(arrays[key]) for key in arrays if key[:5] == "blob:"}
    found = prepare(Request(net, model))
    found.__dict__["inputs"] = [given[top] for node in found.graph.sources for top in node.tops]
    outputs = {blob: theirs[blob] for blob in found.graph.outputs}
    yield from _apart("Caffe", found.expected, outputs, CAFFE)
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        write(found, place)
        gap = clean.run(place)
        if gap > OURS:
            yield f"the Python file differs by {gap:.1e}"
        again = load(net, place / "net.safetensors")
        values = named(found.graph, run(again, found.inputs))
        yield from _apart("safetensors", values, found.expected, OURS)
        onnx.write(found, place / "net.onnx")
        arrays = (value.numpy() for value in found.inputs)
        feed = dict(zip(found.graph.inputs, arrays, strict=True))
        answer = onnxruntime.load((place / "net.onnx").read_bytes())(feed)
        pairs = zip(found.graph.outputs, map(torch.from_numpy, answer), strict=True)
        yield from _apart("onnx", dict(pairs), found.expected, OURS)


def _apart(
    what: str, found: dict[str, Tensor], expected: dict[str, Tensor], tolerance: float
) -> Iterator[str]:
    gap = difference(found, expected)
    if gap > tolerance:
        yield f"{what} differs by {gap:.1e}"
