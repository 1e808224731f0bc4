"""OpenVINO leaves the process as it was: signals find their stack after its models are gone."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = """
import gc, os, signal
import numpy as np
import onnx
from onnx import TensorProto, helper
from caffe2torch.convert.runtimes import openvino

value = helper.make_tensor_value_info
graph = helper.make_graph(
    [helper.make_node("Relu", ["x"], ["y"])], "g",
    [value("x", TensorProto.FLOAT, [2])], [value("y", TensorProto.FLOAT, [2])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
for _ in range(3):
    first = openvino.load(model.SerializeToString())
    second = openvino.load(model.SerializeToString())
    assert first({"x": np.float32([-1, 2])})[0].tolist() == [0, 2]
    del first, second
    gc.collect()
arrived = []
signal.signal(signal.SIGCHLD, lambda *_: arrived.append(1))
os.kill(os.getpid(), signal.SIGCHLD)
print(len(arrived))
"""


def test_a_signal_arrives_after_the_models_are_gone() -> None:
    # torch's DataLoader handles SIGCHLD: with the stack unmapped, the next child ended the process.
    pytest.importorskip("openvino")
    pytest.importorskip("onnx")
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, signal.Signals(-done.returncode)
    assert done.stdout == "1\n"
