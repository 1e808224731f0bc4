"""Caffe's protobuf messages: `from caffe.proto import caffe_pb2`."""

import sys

from caffe2torch import caffe_pb2

# One module under both names: registering its messages twice would be refused.
sys.modules[f"{__name__}.caffe_pb2"] = caffe_pb2

__all__ = ["caffe_pb2"]
