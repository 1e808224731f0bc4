"""What two boxes must have in common to count as the same in a repeated block."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.draw.parts import Part
from caffe2torch.draw.wiring import Vertex


def sign(part: Part) -> tuple[object, ...]:
    """Equal for parts whose layers are equal one by one."""
    return tuple(_sign_of(vertex) for vertex in part.vertices)


def _sign_of(vertex: Vertex) -> tuple[object, ...]:
    """What two layers must share; names, weights and the number of channels may differ."""
    bare = pb.LayerParameter()
    bare.CopyFrom(vertex.param)
    for name in ("name", "bottom", "top", "blobs"):
        bare.ClearField(name)
    for spec in bare.param:
        spec.ClearField("name")
    spatial = [tuple((p, s[2:]) for p, s in top.shapes.items()) for top in vertex.tops]
    return bare.SerializeToString(deterministic=True), tuple(spatial), vertex.phases
