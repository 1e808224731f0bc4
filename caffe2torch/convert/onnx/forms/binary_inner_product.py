"""BinaryInnerProduct: Gemm with the signs of the weights, times the mean size of each row."""

from __future__ import annotations

from dataclasses import replace

from caffe2torch.convert.onnx.forms import inner_product
from caffe2torch.convert.onnx.forms._signs import signed
from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """The signs are taken here, once."""
    blobs = signed(x, x.param.binary_inner_product_param)
    return inner_product.write(replace(x, blobs=blobs), w)
