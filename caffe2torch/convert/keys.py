"""Which layer a submodule or a weight of a converted net belongs to.

A converted module calls its submodules as a person would (stage1.conv_1.weight); the graph calls
its parameters LAYER.KEY (conv1_1.weight). The files that are written say which is which; where
another program has saved the weights, their names decide which arrangement of the net they are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from caffe2torch.convert.grouped import grouped
from caffe2torch.errors import C2TError
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module.names import module_names

LAYERS = "caffe2torch.layers"
"""What a safetensors file calls the table of its layers: JSON, path -> layer."""
LAYER = "caffe_layer"
"""The same in what torch keeps of each submodule beside a state dict."""

Paths = Mapping[str, str]
"""Name of a layer's submodule in the flat source -> its path in another module."""


def owners(paths: Paths) -> dict[str, str]:
    """Path -> the layer that it belongs to; of layers that share a module, the first."""
    return {path: name for name, path in reversed(list(paths.items()))}


def by_layer(key: str, by_path: Mapping[str, str]) -> str:
    """LAYER.KEY of a key such as stage1.conv_1.weight, whatever module that is a part of.

    A key of no layer keeps its last two parts.
    """
    path, _, rest = key.rpartition(".")
    layer = layer_of(path, by_path)
    return f"{layer}.{rest}" if layer is not None else ".".join(key.split(".")[-2:])


def layer_of(path: str, by_path: Mapping[str, str]) -> str | None:
    """The layer of a path, or of the longest end of it that is one."""
    while path not in by_path:
        _, dot, path = path.partition(".")
        if not dot:
            return None
    return by_path[path]


def paths_of(graph: Graph, names: Iterable[str], keys: bool = True) -> Paths:
    """The arrangement of a net that most of these names are from.

    keys: whether they are keys of a state dict; else paths of submodules
    """
    given = [name.rpartition(".")[0] if keys else name for name in names]
    best: Paths = {}
    most = (-1, -1)
    for paths in _arrangements(graph):
        by_path = owners(paths)
        exact = sum(path in by_path for path in given)
        count = exact, sum(layer_of(path, by_path) is not None for path in given)
        if count > most:
            best, most = paths, count
        if exact == len(given):
            break
    return best


def _arrangements(graph: Graph) -> Iterator[Paths]:
    """The paths of all ways to write a net, of the other phase's too, the likeliest first."""
    names = module_names(graph)
    yield dict(zip(names, names, strict=True))
    for faithful in (False, True):
        yield grouped(graph, faithful).paths
    with suppress(C2TError):
        other = build_graph(graph.net, phase="TEST" if graph.train else "TRAIN", assume=True)
        for faithful in (False, True):
            yield grouped(other, faithful).paths
