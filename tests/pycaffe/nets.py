"""Small nets, for the tests of pycaffe."""

from __future__ import annotations

from pathlib import Path

from caffe2torch import pycaffe as caffe

MLP = """
name: "mlp" force_backward: true
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1"
  inner_product_param { num_output: 4 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
  inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "side" type: "Power" bottom: "ip1" top: "side" power_param { scale: 2 } }
"""


def net_of(folder: Path, text: str, phase: int = caffe.TEST, **more: object) -> caffe.Net:
    file = folder / "net.prototxt"
    file.write_text(text)
    caffe.set_random_seed(1)
    return caffe.Net(str(file), phase, **more)  # type: ignore[arg-type]
