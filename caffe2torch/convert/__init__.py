"""Out of Caffe: a net as PyTorch source, as weights, as ONNX, and back to Caffe's own files.

`source.grouped` arranges a graph as a person would write it; `emit.emit` writes the flat source
that training runs. Both hold the same layers under the same names.
"""
