"""Caffe models in OpenCV, which reads them itself no more since version 5.

`readNetFromCaffe` returns a `cv2.dnn.Net` of the OpenCV that is installed, through ONNX;
`install` gives `cv2.dnn.readNetFromCaffe` back to programs that call that.

Source: OpenCV 4 modules/dnn/include/opencv2/dnn/dnn.hpp, for what the functions take and answer
"""

from caffe2torch.cv2.install import install, take_nets
from caffe2torch.cv2.net import Layer, Net
from caffe2torch.cv2.reading import readNet, readNetFromCaffe

take_nets()

__all__ = ["Layer", "Net", "install", "readNet", "readNetFromCaffe"]
