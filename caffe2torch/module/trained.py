"""Puts trained weights into a net: layers are matched by name, as Caffe matches them.

Source: Caffe src/caffe/net.cpp, CopyTrainedLayersFrom, CopyTrainedLayersFromHDF5
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn

from caffe2torch.errors import WeightsError
from caffe2torch.graph.model import Node
from caffe2torch.module.blobs import Array, graph_of, set_blobs
from caffe2torch.weights import ModelWeights


@dataclass
class Copied:
    """What became of each layer.

    loaded:  layers that took their weights
    ignored: layers of the file that the net does not have, Split layers left out
    skipped: layers whose shapes differ, with the reason
    fresh:   layers with parameters that the file does not have; they keep their values
    """

    loaded: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)

    def notes(self, file: str) -> list[str]:
        """Return what a user should be told, a line each."""
        lines = [f"{file}: {reason}; skipped" for reason in self.skipped.values()]
        if self.ignored:
            lines.append(f"{file}: layers that this net does not have: {', '.join(self.ignored)}")
        return [*lines, self.summary(file)] if self.fresh or self.skipped else lines

    def summary(self, file: str) -> str:
        """Return how many layers were loaded, fresh and skipped: "w: loaded 21, fresh 1 (fc8)"."""
        kinds = {"fresh": self.fresh, "skipped": list(self.skipped)}
        parts = [f"{kind} {len(names)} ({_some(names)})" for kind, names in kinds.items() if names]
        return f"{file}: {', '.join([f'loaded {len(self.loaded)}', *parts])}"


def _some(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def copy_trained(
    net: nn.Module,
    weights: ModelWeights,
    log: Callable[[str, str], object],
    ignore_shape_mismatch: bool = False,
) -> Copied:
    """Copy every layer of `weights` that `net` has too.

    Raises: WeightsError for a layer whose number or shapes of blobs differ, naming both, unless
    such layers are to be skipped.
    """
    copied = Copied()
    nodes: dict[str, Node] = {}
    for node in graph_of(net).nodes:
        nodes.setdefault(node.name, node)
    place = "net.cpp:746" if any(weights.types.values()) else "net.cpp:801"
    for name in weights:
        if name not in nodes:
            log(place, f"Ignoring source layer {name}")
            if weights[name]:
                copied.ignored.append(name)
            continue
        try:
            arrays = _fitted(nodes[name], weights)
        except WeightsError as error:
            if not ignore_shape_mismatch:
                error.hint = f"{error.hint}; --ignore-shape-mismatch skips such layers"
                raise
            copied.skipped[name] = error.message
            continue
        if arrays:
            set_blobs(net, nodes[name], arrays)
            copied.loaded.append(name)
    copied.fresh = [name for name, node in nodes.items() if node.params and name not in weights]
    return copied


def _fitted(node: Node, weights: ModelWeights) -> list[Array | None]:
    """Return one array a blob of `node`, None for a blob that the file leaves to its owner."""
    stored = weights[node.name]
    spared = len(stored) < len(node.params) and not weights.types.get(node.name)
    if len(stored) != len(node.params) and not spared:
        raise WeightsError(
            f'layer "{node.name}" ({node.type}) has {len(node.params)} parameters in the net and '
            f"{len(stored)} in {weights.file}",
            hint="rename the layer to learn it from scratch",
        )
    arrays: list[Array | None] = []
    for i, ref in enumerate(node.params):
        given = i < len(stored) and stored[i] is not None
        if not given and ref.first is None:
            raise WeightsError(
                f'{weights.file} lacks parameter {i} of layer "{node.name}" ({node.type})',
                hint="rename the layer to learn it from scratch",
            )
        arrays.append(weights.fitted(node.name, i, ref.shape) if given else None)
    return arrays
