"""Convolution: Conv, one a bottom."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers._window import window

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> list[str]:
    """Kernel, stride, pad and dilation carry over; axes in front of the channels are the batch."""
    return slide(x, w, "Conv")


def slide(x: Place, w: Writer, kind: str) -> list[str]:
    """The operator `kind` over each bottom with the same filters, in the layer's own groups."""
    size = window(x.site)
    if not 1 <= len(size.kernel) <= 3:
        raise w.refuse(x, f"slides over {len(size.kernel)} axes; ONNX has 1 to 3")
    weight = w.weight(x.node.name, "weight", x.blobs["weight"])
    bias = w.weight(x.node.name, "bias", x.blobs["bias"]) if "bias" in x.blobs else ""
    values = []
    for bottom, shape, top in zip(x.bottoms, x.shapes, x.tops, strict=True):
        if size.axis > 1:
            bottom = w.op("Reshape", bottom, w.ints(-1, *shape[size.axis :]))
        pads = [*size.pad, *size.pad]
        if kind == "Conv" and set(size.kernel) == {1} and any(pads):
            # OpenCV 5 reads beyond the image where a window of one pixel is padded
            edges = w.ints(0, 0, *size.pad, 0, 0, *size.pad)
            bottom, pads = w.op("Pad", bottom, edges), [0] * len(pads)
        value = w.op(
            kind,
            bottom,
            weight,
            bias,
            kernel_shape=list(size.kernel),
            strides=list(size.stride),
            pads=pads,
            dilations=list(size.dilation),
            group=x.node.layer.group(x.site),
        )
        value = activated(x, w, value)
        values.append(w.reshape(value, top, x.batch) if size.axis > 1 else value)
    return values


def activated(x: Place, w: Writer, value: str) -> str:
    """With the ReLU that some inference forks fold into the convolution."""
    param = x.param.convolution_param
    if not (param.relu or param.fuse_type):
        return value
    slope = param.negative_slope if param.relu else param.relu_param.negative_slope
    return str(w.op("LeakyRelu", value, alpha=slope) if slope else w.op("Relu", value))
