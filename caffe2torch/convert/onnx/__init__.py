"""A net as an ONNX model, written layer by layer with standard operators and constant shapes.

`forms/` holds one layer type a file: `write(x, w)` says with which operators. The writer names
values as Caffe names blobs, keeps the weights, and tells which sizes may vary.
"""
