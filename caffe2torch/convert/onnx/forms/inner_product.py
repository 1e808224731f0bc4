"""InnerProduct: Flatten and Gemm; Reshape where axis leaves more axes in front."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """The weights are (num_output, inputs), or their transpose; a second bottom can be them."""
    param = x.param.inner_product_param
    axis = x.site.axis(param.axis, "inner_product_param.axis")
    if len(x.bottoms) > 1:
        weight = x.bottoms[1] if len(x.shapes[1]) == 2 else w.op("Flatten", x.bottoms[1], axis=1)
    else:
        weight = w.weight(x.node.name, "weight", x.blobs["weight"])
    bias = w.weight(x.node.name, "bias", x.blobs["bias"]) if "bias" in x.blobs else ""
    flat = x.bottoms[0]
    if len(x.shapes[0]) != 2 or axis != 1:
        flat = w.op("Flatten", flat, axis=axis)
    y = w.op("Gemm", flat, weight, bias, transB=0 if param.transpose else 1)
    if axis == 1:
        return str(y)
    return w.reshape(y, x.tops[0], axis > 0 and x.batch)
