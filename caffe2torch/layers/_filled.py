"""A parameter blob whose filler has been checked, as Caffe checks it when it makes the layer."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers
from caffe2torch.layers.base import Blob, Shape


def filled(shape: Shape, filler: pb.FillerParameter, field: str) -> Blob:
    """A learnable blob of `shape`; raises ShapeError naming `field` if the filler refuses it."""
    fillers.check(filler, shape, field)
    return Blob(shape, filler)
