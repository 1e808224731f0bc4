"""How two files of weights differ, layer by layer, whatever kinds of file they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from caffe2torch import inputs
from caffe2torch.convert.loading import read_tensors
from caffe2torch.errors import C2TError
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.weights import Array, hdf5, read_structure, read_weights

KNOWN = (
    *("mean", "variance", "running_mean", "running_var", "factor", "weight", "bias"),
    *("W_xc", "b_c", "W_xc_static", "W_hc", "W_xh", "b_h", "W_xh_static", "W_hh", "W_ho", "b_o"),
)
"""Keys in caffemodel order, for files without a net that says it."""


@dataclass(frozen=True)
class Row:
    """One layer in both files.

    only:    the file that alone has it, "" if both have; why: what else keeps them apart
    largest, mean: of the absolute differences over all its blobs
    """

    layer: str
    shapes: tuple[tuple[int, ...], ...] = ()
    largest: float = 0.0
    mean: float = 0.0
    why: str = ""

    @property
    def equal(self) -> bool:
        return not self.why and self.largest == 0


def compare(
    first: str | os.PathLike[str], second: str | os.PathLike[str], net: Path | None = None
) -> list[Row]:
    """The layers of both files, in the first one's order.

    BatchNorm statistics are compared as averages: sums divided by their factor.
    net: a net of these layers, which pairs a folded BatchNorm with its Scale; by default that
         inside a caffemodel
    Raises: WeightsError if a file is no weights.
    """
    graph = _graph(net) if net else _own_graph(first) or _own_graph(second)
    one, other = _blobs(first, graph), _blobs(second, graph)
    _unfold(one, other)
    _unfold(other, one)
    names = [*one, *(name for name in other if name not in one)]
    files = Path(first).name, Path(second).name
    return [_row(name, one.get(name), other.get(name), files) for name in names]


def _graph(path: str | os.PathLike[str]) -> Graph:
    from caffe2torch.convert.loading import read_structured

    return build_graph(read_structured(path), assume=True)


def _own_graph(path: str | os.PathLike[str]) -> Graph | None:
    """The net that a caffemodel carries, if it is whole enough to be wired."""
    if carries_no_net(path):
        return None
    try:
        return build_graph(read_structure(path), assume=True)
    except C2TError:
        return None


def carries_no_net(path: str | os.PathLike[str]) -> bool:
    """Whether a file carries tensors and no net: HDF5, safetensors or torch's."""
    with inputs.opened(path) as file:
        head = file.read(16)
    return hdf5.is_hdf5(path) or head.startswith((b"PK", b"\x80\x02")) or head[8:9] == b"{"


def _blobs(path: str | os.PathLike[str], graph: Graph | None) -> dict[str, list[Array | None]]:
    tensors = read_tensors(path)
    if tensors is None:
        layers = {name: list(arrays) for name, arrays in read_weights(path).items() if arrays}
    elif graph is not None:
        from caffe2torch.convert.state import blobs

        layers = {name: list(arrays) for name, arrays in blobs(graph, tensors, str(path)).items()}
    else:
        layers = _by_key({key: np.asarray(value) for key, value in tensors.items()})
    return {name: _averages(arrays) for name, arrays in layers.items()}


def _by_key(tensors: Mapping[str, Array]) -> dict[str, list[Array | None]]:
    """Layers out of keys alone."""
    layers: dict[str, dict[str, Array]] = {}
    for key, value in tensors.items():
        layer, _, kind = ".".join(key.split(".")[-2:]).rpartition(".")
        if kind != "num_batches_tracked":
            layers.setdefault(layer, {})[kind] = value
    out: dict[str, list[Array | None]] = {}
    for layer, arrays in layers.items():
        keys = sorted(arrays, key=lambda key: KNOWN.index(key) if key in KNOWN else len(KNOWN))
        out[layer] = [arrays[key] for key in keys]
        if "running_mean" in arrays:
            out[layer].insert(2, np.ones(1, np.float32))
    return out


def _averages(arrays: list[Array | None]) -> list[Array | None]:
    """Blobs of a BatchNorm as averages; others as they are."""
    sizes = [array.size if array is not None else 0 for array in arrays[:3]]
    if len(sizes) < 3 or sizes[2] != 1 or sizes[0] != sizes[1] or sizes[0] < 2:
        return arrays
    mean, variance, factor = (np.asarray(array) for array in arrays[:3])
    divisor = float(factor.ravel()[0]) or 1.0
    averages = [np.asarray(a / divisor, np.float32) for a in (mean, variance)]
    return [*averages, *arrays[3:]]


def _unfold(folded: dict[str, list[Array | None]], other: dict[str, list[Array | None]]) -> None:
    """Give the affine part of a BatchNorm back to the Scale that the other file has for it.

    Without a net it is the nearest of the layers that the folded file lacks.
    """
    for name in list(folded):
        arrays, alone = folded[name], other.get(name)
        if alone is None or len(arrays) != 4 or len(alone) != 2:
            continue
        sizes = [array.size for array in arrays if array is not None][2:]
        lacking = [
            (float(sum(np.abs(a - b).sum() for a, b in _pairs(affine, arrays[2:]))), layer)
            for layer, affine in other.items()
            if layer not in folded and [a.size for a in affine if a is not None] == sizes
        ]
        if lacking:
            folded[min(lacking)[1]] = arrays[2:]
            folded[name] = arrays[:2]


def _row(
    name: str,
    one: list[Array | None] | None,
    other: list[Array | None] | None,
    files: tuple[str, str],
) -> Row:
    shapes = tuple(array.shape for array in one or other or () if array is not None)
    if one is None or other is None:
        return Row(name, shapes, why=f"only in {files[other is not None]}")
    pairs = list(_pairs(one, other))
    if len(one) != len(other) or any(a.size != b.size for a, b in pairs):
        theirs = tuple(array.shape for array in other if array is not None)
        return Row(name, shapes, why=f"shapes {list(shapes)} and {list(theirs)}")
    gaps = [np.abs(a.ravel().astype(np.float64) - b.ravel()) for a, b in pairs]
    every = np.concatenate(gaps) if gaps else np.zeros(1)
    every = np.where(np.isnan(every), np.inf, every)
    return Row(name, shapes, float(every.max(initial=0)), float(every.mean()))


def _pairs(
    one: Sequence[Array | None], other: Sequence[Array | None]
) -> Iterator[tuple[Array, Array]]:
    for a, b in zip(one, other, strict=False):
        if a is not None and b is not None:
            yield a, b
