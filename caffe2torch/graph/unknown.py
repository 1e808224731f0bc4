"""Says which layers of a net are of unknown types, and refuses them all in one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import C2TError, UnsupportedError, plural
from caffe2torch.format.schema import FORKS_FIELD, SeveralSchemaError
from caffe2torch.graph.filtering import Entry

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net


def is_unknown(param: pb.LayerParameter) -> bool:
    """Whether no type is known for a layer, or it is a Python layer that may not run."""
    from caffe2torch.layers._python import permitted

    layer = layers.known(param)
    return layer is None or (type(layer).__name__ == "Python" and not permitted())


def note(net: pb.NetParameter) -> str:
    """What to tell of a net that is only shown; "" if all its types are known."""
    counts = Counter(layer.type for layer in net.layer if is_unknown(layer))
    if not counts:
        return ""
    listed = ", ".join(f'"{type_}" ({plural(n, "layer")})' for type_, n in counts.items())
    return f"unknown layer types: {listed}; the shapes behind them are not known"


def refuse(net: Net, entries: Sequence[Entry]) -> None:
    """Raise UnsupportedError that lists all unknown types, if several layers have one."""
    places: dict[str, list[Entry]] = {}
    for entry in entries:
        if layers.known(entry.param) is None:
            places.setdefault(entry.param.type, []).append(entry)
    if sum(map(len, places.values())) < 2:
        return  # a single one is refused at its place, with the nearest names
    raise _refusal(net, places)


def read_whole(read: Callable[[bool], Net]) -> Net:
    """The net that `read` reads; where fields are at fault, the error lists unknown types besides.

    read: takes whether to be lenient, to leave out the fields that the schema does not have
    Raises: SeveralSchemaError for the fields and types; what `read` raises else.
    """
    try:
        return read(False)
    except SeveralSchemaError as error:
        try:
            net = read(True)
        except C2TError:
            raise error from None  # more than fields is at fault
        places: dict[str, list[Entry]] = {}
        for index, param in enumerate(net.message.layer):
            if layers.known(param) is None:
                places.setdefault(param.type, []).append(Entry(index, param))
        if not places:
            raise
        for one in error.errors:
            one.hint = None if one.hint == FORKS_FIELD else one.hint
        raise SeveralSchemaError([*error.errors, _refusal(net, places)]) from None


def _refusal(net: Net, places: dict[str, list[Entry]]) -> UnsupportedError:
    """The error that lists unknown types, by the layers that have them."""
    listed = ", ".join(f'"{type_}" ({_where(type_, of_type)})' for type_, of_type in places.items())
    first = next(iter(places.values()))[0]
    span = net.span(first.index, "type") if first.index is not None else None
    noun = "unknown layer types" if places.keys() - {first.param.type} else "unknown layer type"
    return UnsupportedError(f"{noun}: {listed}", span=span, hint=layers.WAYS)


def _where(type_: str, entries: list[Entry]) -> str:
    forks = layers.defined_by(type_)
    known = f"; defined by {', '.join(forks)}" if forks else ""
    return plural(len(entries), "layer") + known
