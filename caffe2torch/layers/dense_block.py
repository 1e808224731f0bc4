"""DenseBlock: a block of densely connected convolutions in one layer (Tongcheng)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Shape, Site


class DenseBlock(ShapesOnly):
    """Batch normalization, ReLU and 3 x 3 convolutions, each reading all that came before.

    Shape:    x (N, C, H, W) -> (N, C + numTransition · growthRate, H, W)
    Params:   denseblock_param numTransition [40]; growthRate [12]; use_BC [false]; fillers; ...
    Weights:  filters, factors, offsets, means and variances of each step, with use_BC also
              those of its 1 x 1 convolutions; a count
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Tongcheng Li; caffe_ocr src/caffe/layers/DenseBlock_layer.cpp
    """

    type = "DenseBlock"
    origin = "Tongcheng"
    bottoms, tops = 1, 1
    param_field = "denseblock_param"

    def shapes(self, x: Site) -> list[Shape]:
        (n, c, h, w), param = x.shape(0, 4, 4), x.param.denseblock_param
        return [(n, c + param.numTransition * param.growthRate, h, w)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, c = x.param.denseblock_param, x.bottoms[0][1]
        steps, growth = param.numTransition, param.growthRate
        channels: list[int] = [c + step * growth for step in range(steps)]
        wide = 4 * growth
        kinds: list[list[Shape]] = [
            [(growth, wide if param.use_BC else k, 3, 3) for k in channels],
            *[list[Shape]((1, k, 1, 1) for k in channels)] * 4,
        ]
        if param.use_BC:
            kinds += [[(wide, k, 1, 1) for k in channels]]
            kinds += [[(1, wide, 1, 1)] * steps for _ in range(4)]
        shapes = [shape for kind in kinds for shape in kind] + [(1,)]
        return {f"blob{i}": Blob(shape, learnable=False) for i, shape in enumerate(shapes)}
