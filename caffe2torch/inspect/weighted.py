"""Whether a binary net carries weights, which makes it a caffemodel."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import WeightsError
from caffe2torch.weights.wire import opened


def has_weights(path: str) -> bool:
    """Look for parameters in the layers, up to the first; damage before it counts as having some.

    Raises: WeightsError if the file cannot be opened.
    """
    with opened(path, "caffemodel") as wire:
        try:
            for name, layer in wire.message(pb.NetParameter):
                if name not in ("layer", "layers"):
                    continue
                message = pb.LayerParameter if name == "layer" else pb.V1LayerParameter
                for inner, item in wire.message(message, layer.start, layer.end):
                    if inner == "blobs":
                        return True
                    if inner == "layer":  # V0 keeps them one deeper
                        parts = wire.message(pb.V0LayerParameter, item.start, item.end)
                        if any(part == "blobs" for part, _ in parts):
                            return True
        except WeightsError:
            return True
    return False
