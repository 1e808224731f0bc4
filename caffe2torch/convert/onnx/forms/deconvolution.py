"""Deconvolution: ConvTranspose, one a bottom."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms.convolution import activated
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers._window import window


def write(x: Place, w: Writer) -> list[str]:
    """The weight blob is (inputs, outputs / group, kernel), as ONNX has it."""
    size = window(x.site)
    if size.axis != 1 or not 1 <= len(size.kernel) <= 3:
        raise w.refuse(x, f"deconvolves {len(size.kernel)} axes from axis {size.axis} on")
    weight = w.weight(x.node.name, "weight", x.blobs["weight"])
    bias = w.weight(x.node.name, "bias", x.blobs["bias"]) if "bias" in x.blobs else ""
    return [
        activated(x, w, w.op("ConvTranspose", bottom, weight, bias,
                             kernel_shape=list(size.kernel), strides=list(size.stride),
                             pads=[*size.pad, *size.pad], dilations=list(size.dilation),
                             group=x.node.layer.group(x.site)))
        for bottom in x.bottoms
    ]  # fmt: skip
