"""SpatialDropoutLayer of ENet: in TEST every value is divided by the share that stays."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.python_known.base import settings
from caffe2torch.layers.python_known.spatial_dropout_layer import ratio_of

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The phase of param_str wins over the net's."""
    if str(settings(x.site).get("phase", "")) == "TRAIN":
        raise w.refuse(x, "draws random numbers, as its param_str says phase TRAIN",
                       "write another phase into its param_str")  # fmt: skip
    return str(w.op("Div", x.bottoms[0], w.constant(1 - ratio_of(x.site))))
