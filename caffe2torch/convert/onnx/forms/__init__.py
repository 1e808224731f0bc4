"""How each layer type is written in ONNX's standard operators, one type a file.

`write(x, w)` adds operators to the writer `w` for the layer in its place `x`, and returns the
name of the value that is its top, or a list where it has several.
"""

from __future__ import annotations

from caffe2torch.registry import Registry

registry = Registry("caffe2torch.convert.onnx.forms", "layer type that ONNX can hold")
