"""Insanity: as RReLU."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms.rrelu import DYNAMIC as DYNAMIC
from caffe2torch.convert.onnx.forms.rrelu import write as write
