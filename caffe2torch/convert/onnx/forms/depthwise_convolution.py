"""DepthwiseConvolution: Conv with a group a channel, which the layer's own `group` says."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms.convolution import DYNAMIC as DYNAMIC
from caffe2torch.convert.onnx.forms.convolution import write as write
