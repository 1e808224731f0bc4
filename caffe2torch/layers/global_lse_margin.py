"""GlobalLSEMargin: a margin from the log-sum-exp of all scores (caffe-windows)."""

from __future__ import annotations

from caffe2torch.layers._filled import filled
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Shape, Site, constant


class GlobalLSEMargin(ShapesOnly):
    """Scores with a margin that follows their log-sum-exp.

    Shape:    scores (N, K), label (N)[, norms (N)] -> scores as they were[, statistics (5)]
    Params:   scale_param filler, by default constant 30
    Weights:  scale (1), margin (1)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe-windows src/caffe/layers/global_lse_margin_layer.cpp
    """

    type = "GlobalLSEMargin"
    origin = "caffe-windows"
    bottoms, tops = (2, 3), (1, 2)

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 2), (5,)][: x.n_tops]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.scale_param
        scale = param.filler if param.HasField("filler") else constant(30)
        margin = Blob((1,), learnable=False)
        return {"scale": filled((1,), scale, "scale_param.filler"), "margin": margin}
