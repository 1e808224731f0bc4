"""Says which layers of a net are only written as a class to be filled in, and makes them so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.format import schema, text
from caffe2torch.graph import unreproduced
from caffe2torch.graph.unknown import is_unknown
from caffe2torch.layers._stub import Stub
from caffe2torch.layers.base import Layer, Shape

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net

Weights = Mapping[str, Sequence[Shape]]
"""Layer name -> shapes of its parameter blobs, as a file of weights has them."""


def stub(net: Net, index: int | None, param: pb.LayerParameter, weights: Weights) -> Stub | None:
    """The stub of a layer that cannot run here; None for one that can."""
    strange = index is not None and _has_unknown_fields(net, index)
    if not (strange or _cannot_run(param)):
        return None
    type_ = param.python_param.layer if param.type == "Python" else param.type
    known = None if is_unknown(param) else layers.known(param)
    source = known.source if known else not param.bottom
    shapes = [] if source else weights.get(param.name, [])
    forks = layers.defined_by(type_)
    return Stub(type_, known, shapes, _text(net, index, param), forks, source)


def note(stubs: Mapping[str, Layer]) -> str:
    """What to tell of the layers that are stubs; "" for none."""
    if not stubs:
        return ""
    listed = ", ".join(f'"{name}" ({layer.type})' for name, layer in stubs.items())
    return f"classes whose forward is to be written, by layer: {listed}"


def _cannot_run(param: pb.LayerParameter) -> bool:
    layer = layers.known(param)
    if layer is None or is_unknown(param):
        return True
    if layer.source:
        return False
    return layer.shapes_only or any(p != layer.param_field for p in unreproduced.paths(param))


def _has_unknown_fields(net: Net, index: int) -> bool:
    """Whether the layer's text has a field that the schema does not have."""
    block = net.origins[index]
    places = [error.span.start for error in net.unknown if error.span]
    return block is not None and any(block.start <= place < block.end for place in places)


def _text(net: Net, index: int | None, param: pb.LayerParameter) -> text.Block:
    """The layer's text; that of its message where it comes from a binary file."""
    block = net.origins[index] if index is not None else None
    return block or text.parse(schema.to_text(param), "").root
