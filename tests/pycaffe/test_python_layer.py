"""Python layers on the net's own blobs: param_str, phase, gradients, parameters, errors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe

MODULE = """
import numpy as np
import caffe

SETUPS = []

class Times(caffe.Layer):
    def setup(self, bottom, top):
        SETUPS.append(self.phase)
        self.factor = float(self.param_str)
        self.blobs.add_blob(2)
        self.blobs[0].data[...] = 1

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].data.shape)

    def forward(self, bottom, top):
        top[0].data[...] = self.factor * bottom[0].data * self.blobs[0].data[0]

    def backward(self, top, propagate_down, bottom):
        assert propagate_down == [True]
        bottom[0].diff[...] = self.factor * top[0].diff * self.blobs[0].data[0]
        self.blobs[0].diff[0] += np.sum(self.factor * bottom[0].data * top[0].diff)

class Broken(caffe.Layer):
    def setup(self, bottom, top):
        raise KeyError('from setup')
"""
NET = """
force_backward: true
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "a" type: "Python" bottom: "data" top: "a"
  python_param { module: "times_layer" layer: "Times" param_str: "10" } }
layer { name: "b" type: "Power" bottom: "a" top: "b" power_param { scale: 3 } }
"""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[caffe.Net]:
    (tmp_path / "times_layer.py").write_text(MODULE)
    (tmp_path / "net.prototxt").write_text(NET)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "caffe", raising=False)
    yield caffe.Net("net.prototxt", caffe.TRAIN)
    sys.modules.pop("times_layer", None)


def test_its_setup_runs_once_with_phase_and_param_str(net: caffe.Net) -> None:
    assert sys.modules["times_layer"].SETUPS == [caffe.TRAIN]
    assert net.layers[1].factor == net.layer_dict["a"].factor == 10
    assert net.layers[1].type == "Python"
    assert list(net.params) == ["a"]


def test_forward_and_backward_pass_through_it(net: caffe.Net) -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_allclose(net.forward(data=x)["b"], 30 * x)
    net.blobs["b"].diff[...] = 1
    np.testing.assert_allclose(net.backward()["data"], 30)
    np.testing.assert_allclose(net.params["a"][0].diff, [10 * 15 * 3, 0])
    net.blobs["data"].reshape(4, 3)
    assert net.forward()["b"].shape == (4, 3)


def test_its_parameters_are_saved_and_loaded(net: caffe.Net, tmp_path: Path) -> None:
    net.params["a"][0].data[...] = [5, 6]
    net.save("w.caffemodel")
    other = caffe.Net("net.prototxt", caffe.TEST, weights="w.caffemodel")
    np.testing.assert_array_equal(other.params["a"][0].data, [5, 6])
    assert other.layers[1].phase == caffe.TEST
    assert str(other.layers[1].phase) == "TEST"


def test_what_its_code_raises_comes_through(net: caffe.Net) -> None:
    Path("broken.prototxt").write_text(NET.replace("Times", "Broken"))
    with pytest.raises(KeyError, match="from setup"):
        caffe.Net("broken.prototxt", caffe.TEST)
    Path("gone.prototxt").write_text(NET.replace("times_layer", "no_such_module"))
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        caffe.Net("gone.prototxt", caffe.TEST)


def test_a_layer_that_lacks_a_pass_raises_when_it_is_due(net: caffe.Net) -> None:
    Path("half.py").write_text(
        "import caffe\nclass Half(caffe.Layer):\n"
        "    def __init__(self, param):\n"
        "        super().__init__(param)\n"
        "        self.kind = type(param).__name__\n"
        "    def reshape(self, bottom, top):\n"
        "        top[0].reshape(1)\n"
    )
    Path("half.prototxt").write_text(NET.replace("times_layer", "half").replace("Times", "Half"))
    half = caffe.Net("half.prototxt", caffe.TEST)
    assert half.layers[1].kind == "LayerParameter"
    with pytest.raises(AttributeError, match="Half has no forward"):
        half.forward()
    half.layers[1].forward = lambda bottom, top: None
    half.forward()
    with pytest.raises(AttributeError, match="Half has no backward"):
        half.backward()
    sys.modules.pop("half", None)


def test_a_known_layer_runs_where_its_module_is_not_there(net: caffe.Net) -> None:
    inputs = "".join(
        f'layer {{ name: "{n}" type: "Input" top: "{n}" '
        "input_param { shape { dim: 2 dim: 3 } } }"
        for n in "xy"
    )
    Path("known.prototxt").write_text(
        f'{inputs} layer {{ name: "loss" type: "Python" bottom: "x" bottom: "y" top: "loss" '
        'python_param { module: "pyloss" layer: "EuclideanLossLayer" } loss_weight: 1 }'
    )
    loss = caffe.Net("known.prototxt", caffe.TEST)
    x, y = np.ones((2, 3), np.float32), np.zeros((2, 3), np.float32)
    np.testing.assert_allclose(loss.forward(x=x, y=y)["loss"], 6 / 2 / 2)
