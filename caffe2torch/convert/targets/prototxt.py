"""prototxt: the net in the present format, whatever its age was."""

from __future__ import annotations

from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.conversion import Conversion
from caffe2torch.format import schema

SUFFIX = ".prototxt"


def write(conversion: Conversion, path: Path) -> str:
    """Write all layers of the net, for every phase, without weights."""
    message = pb.NetParameter()
    message.CopyFrom(conversion.graph.net.message)
    for layer in message.layer:
        layer.ClearField("blobs")
    schema.write_text(message, path)
    return f"{len(message.layer)} layers"
