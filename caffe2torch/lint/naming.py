"""How messages name several layers or blobs, and fixes a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set, Sized
from itertools import accumulate

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import plural

ROOM = 35
"""Columns that names of layers may take in a headline."""


def listed(names: Iterable[str], most: int = 4) -> str:
    """The first few names: "conv1, conv2 ..."."""
    all_names = list(dict.fromkeys(names))
    return ", ".join(all_names[:most]) + (" ..." if len(all_names) > most else "")


def layers(names: Sequence[str]) -> str:
    """Subject of a sentence: 'layer "conv1"', or "3 layers (conv1, conv2, conv3)"."""
    unique = list(dict.fromkeys(names))
    if len(unique) == 1:
        return f'layer "{unique[0]}"'
    fit = sum(total <= ROOM for total in accumulate(len(name) + 2 for name in unique))
    return f"{len(unique)} layers ({listed(unique, min(max(fit, 1), 4))})"


def taken(net: pb.NetParameter) -> set[str]:
    """The names of all layers and blobs of a net."""
    return {layer.name for layer in net.layer} | blobs(net)


def blobs(net: pb.NetParameter) -> set[str]:
    """The names of all blobs that the layers of a net make."""
    return {top for layer in net.layer for top in layer.top}


def fresh(taken: Set[str], wanted: str) -> str:
    """A name that is not taken: `wanted`, or wanted_2, wanted_3 ..."""
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def counted(items: Sized, noun: str = "layer") -> str:
    """How many there are: "1 layer", "2 layers"."""
    return plural(len(items), noun)
