"""SpatialDropout: nothing in TEST."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The values as they are."""
    if x.site.train:
        raise w.refuse(x, "draws random numbers in TRAIN", "convert the TEST phase")
    return x.bottoms[0]
