"""Finds the fields of forks that a layer sets and whose effect is not reproduced here.

proto/forks.proto numbers these fields and enum values from 12000. A net that sets one is read and
its shapes are worked out, with a note; to run it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import UnsupportedError
from caffe2torch.fork_proto import foreign

FIRST = 12000
"""The first number that proto/forks.proto gives."""


def paths(message: Any, prefix: str = "") -> Iterator[str]:
    """Dotted paths of what a message sets, other than to its default, from proto/forks.proto."""
    for field, value in message.ListFields():
        full_name = f"{message.DESCRIPTOR.name}.{field.name}"
        if full_name in foreign or (field.number >= FIRST and field.number != SMOOTH_L1):
            if value != field.default_value or hasattr(value, "append"):
                yield prefix + field.name
        elif field.message_type is not None and field.name not in ("layer", "blobs"):
            for part in value if hasattr(value, "add") else (value,):
                yield from paths(part, f"{prefix}{field.name}.")
        elif field.enum_type is not None and not hasattr(value, "append") and value >= FIRST:
            yield f"{prefix}{field.name}: {field.enum_type.values_by_number[value].name}"


SMOOTH_L1 = 8266712  # Fast R-CNN's own number of smooth_l1_loss_param


def note(net: pb.NetParameter) -> str:
    """What to tell of a net that sets such fields; "" if there are none. Equal ones count once."""
    where: dict[str, list[str]] = {}
    for layer in net.layer:
        known = layers.known(layer)
        for path in paths(layer):
            if known is not None and path == known.param_field:
                continue  # the layer type's own affair
            where.setdefault(path, []).append(layer.name)
    if not where:
        return ""
    listed = ", ".join(
        f'{path} (layer "{names[0]}"' + (f" and {len(names) - 1} more)" if names[1:] else ")")
        for path, names in where.items()
    )
    return f"fields of forks whose effect is not reproduced: {listed}"


def refuse(name: str, param: pb.LayerParameter, declared: str = "") -> None:
    """Raise UnsupportedError if a layer that is to run sets such a field.

    declared: the field that its type declares as its parameters
    """
    fields = ", ".join(path for path in paths(param) if path != declared)
    if fields:
        raise UnsupportedError(
            f'layer "{name}" ({param.type}) sets {fields}, a fork\'s field whose effect is not '
            "reproduced here",
            hint="remove it if the net means the same without it",
        )
