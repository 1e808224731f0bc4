"""SaliencyPooling: pools by what stands out (saliency_pooling)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class SaliencyPooling(ShapesOnly):
    """One value of each window, by how much it stands out.

    Shape:    x (N, C, H, W) -> (N, C, ceil((H - kernel_size) / stride) + 1, and W alike)[,
              same]
    Params:   saliency_pooling_param kernel_size; stride
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   ShapeError for a kernel or stride of 0; UnsupportedError where it is to run
    Source:   a public fork's src/caffe/layers/saliency_pooling_layer.cpp, which computes on
              GPUs alone
    """

    type = "SaliencyPooling"
    origin = "saliency_pooling"
    bottoms, tops = 1, (1, 2)
    param_field = "saliency_pooling_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c, h, w = x.shape(0, 4, 4)
        param = x.param.saliency_pooling_param
        for field in ("kernel_size", "stride"):
            if not getattr(param, field):
                raise ShapeError(
                    f"{field} is 0 or missing", field=f"saliency_pooling_param.{field}"
                )
        high, wide = (-(-(side - param.kernel_size) // param.stride) + 1 for side in (h, w))
        return [(n, c, high, wide)] * x.n_tops
