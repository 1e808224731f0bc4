"""Deconvolution: ConvTranspose, one a bottom."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms.convolution import slide
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> list[str]:
    """The weight blob is (inputs, outputs / group, kernel), as ONNX has it."""
    return slide(x, w, "ConvTranspose")
