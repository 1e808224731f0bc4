"""Names, in one note, the fields of forks that a net sets and that change nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caffe2torch import caffe_pb2 as pb

FIRST, LAST = 11000, 11999
"""The numbers that proto/caffe.proto gives to fields that are read and have no effect."""
OTHERS = frozenset({
    "BatchNormParameter.update_global_stats", "ConvolutionParameter.cudnn_flavor",
    "DataParameter.mpi_skip_step", "LayerParameter.cudnn_math_override", "LayerParameter.debug",
    "LayerParameter.device", "LayerParameter.multinode", "NetParameter.mem_param",
    "NetParameter.multinode",
})  # fmt: skip
"""Fields without effect that have a number of their own."""


def note(net: pb.NetParameter) -> str:
    """The note, "" if there is nothing to say. Layers that set the same field count once."""
    layers: dict[str, list[str]] = {}
    for path in _paths(net):
        layers.setdefault(path, [])
    for layer in net.layer:
        for path in _paths(layer):
            layers.setdefault(path, []).append(layer.name)
    if not layers:
        return ""
    listed = [f"{path}{_where(names)}" for path, names in layers.items()]
    return f"fields of forks that have no effect here: {', '.join(listed)}"


def _where(names: list[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f' (layer "{names[0]}"{more})' if names else ""


def _paths(message: Any, prefix: str = "") -> Iterator[str]:
    """Dotted paths of the fields without effect; the layers of a net are left out."""
    name = message.DESCRIPTOR.name
    for field, value in message.ListFields():
        if FIRST <= field.number <= LAST or f"{name}.{field.name}" in OTHERS:
            yield prefix + field.name
        elif field.message_type is not None and field.name not in ("layer", "blobs"):
            for part in value if hasattr(value, "add") else (value,):
                yield from _paths(part, f"{prefix}{field.name}.")
