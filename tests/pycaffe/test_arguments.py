"""Arguments of other types raise what pycaffe's compiled part raises; real Caffe 1.0 was asked."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch import pycaffe as caffe
from tests.pycaffe.nets import MLP, net_of

Wrong = Callable[[caffe.Net], Any]
WRONG: list[tuple[type[Exception], str, Wrong]] = [
    (TypeError, "no phase", lambda net: caffe.Net("x")),  # type: ignore[call-arg]
    (TypeError, "phase first", lambda net: caffe.Net(caffe.TEST, "x")),  # type: ignore[arg-type]
    (TypeError, "phase is text", lambda net: caffe.Net("x", "TEST")),
    (TypeError, "phase is a float", lambda net: caffe.Net("x", 1.0)),  # type: ignore[arg-type]
    (TypeError, "phase is None", lambda net: caffe.Net("x", None)),  # type: ignore[arg-type]
    (TypeError, "level is text", lambda net: caffe.Net("x", 1, level="y")),  # type: ignore[arg-type]
    (TypeError, "file is None", lambda net: caffe.Net(None, 1)),  # type: ignore[arg-type]
    (RuntimeError, "no file", lambda net: caffe.Net("nowhere", 1)),
    (RuntimeError, "no weights", lambda net: caffe.Net("net.prototxt", "nowhere", 1)),
    (TypeError, "blobs is text", lambda net: net.forward(blobs="ip1")),
    (TypeError, "diffs is text", lambda net: net.backward(diffs="ip1")),
    (TypeError, "blobs is a tuple", lambda net: net.forward(blobs=("ip1",))),  # type: ignore[arg-type]
    (TypeError, "diffs is a tuple", lambda net: net.backward(diffs=("ip1",))),  # type: ignore[arg-type]
    (TypeError, "all is a tuple", lambda net: net.forward_all(("ip1",), data=np.ones((2, 3)))),  # type: ignore[arg-type]
    (TypeError, "position is text", lambda net: net._forward("a", "b")),  # type: ignore[arg-type]
    (TypeError, "position is a float", lambda net: net._forward(0.5, 2)),  # type: ignore[arg-type]
    (RuntimeError, "nothing given", lambda net: net.forward_all()),
    (RuntimeError, "nothing given back", lambda net: net.forward_backward_all()),
    (TypeError, "a float", lambda net: net.blobs["data"].reshape(1.5, 3)),  # type: ignore[arg-type]
    (TypeError, "text", lambda net: net.blobs["data"].reshape("a")),  # type: ignore[arg-type]
    (TypeError, "a tuple", lambda net: net.blobs["data"].reshape((1, 3))),  # type: ignore[arg-type]
    (ValueError, "negative", lambda net: net.blobs["data"].reshape(-1, 3)),
    (ValueError, "33 axes", lambda net: net.blobs["data"].reshape(*[1] * 33)),
    (RuntimeError, "by name", lambda net: net.blobs["data"].reshape(num=1)),
    (OverflowError, "no int", lambda net: net.blobs["data"].reshape(2**31)),
    (RuntimeError, "add by name", lambda net: net.params["ip1"].add_blob(num=1)),
    (TypeError, "add a float", lambda net: net.params["ip1"].add_blob(1.5)),  # type: ignore[arg-type]
    (TypeError, "a layer", lambda net: caffe.Layer()),  # type: ignore[call-arg]
    (TypeError, "a layer of a message", lambda net: caffe.Layer(pb.LayerParameter())),  # type: ignore[arg-type]
    (TypeError, "a layer of its own", lambda net: type("Own", (caffe.Layer,), {})()),
    (RuntimeError, "a layer's parameter", lambda net: caffe._caffe.LayerParameter()),
    (AttributeError, "a type", lambda net: setattr(net.layers[0], "type", "ReLU")),
    (TypeError, "no blob", lambda net: net.params["ip1"].__setitem__(0, 3)),
    (IndexError, "too far", lambda net: net.params["ip1"].__setitem__(5, net.blobs["data"])),
    (TypeError, "weights are a number", lambda net: net.copy_from(3)),  # type: ignore[arg-type]
    (TypeError, "path is a number", lambda net: net.save(3)),  # type: ignore[arg-type]
    (TypeError, "no net", lambda net: net.share_with(3)),  # type: ignore[arg-type]
    (TypeError, "None", lambda net: net.share_with(None)),  # type: ignore[arg-type]
    (TypeError, "solver is a number", lambda net: caffe.SGDSolver(3)),  # type: ignore[arg-type]
    (TypeError, "get a number", lambda net: caffe.get_solver(3)),  # type: ignore[arg-type]
    (TypeError, "device is text", lambda net: caffe.set_device("a")),  # type: ignore[arg-type]
    (TypeError, "seed is text", lambda net: caffe.set_random_seed("a")),  # type: ignore[arg-type]
    (TypeError, "seed is a float", lambda net: caffe.set_random_seed(1.5)),  # type: ignore[arg-type]
    (OverflowError, "seed is negative", lambda net: caffe.set_random_seed(-1)),
    (OverflowError, "seed of 33 bits", lambda net: caffe.set_random_seed(2**32)),
    (TypeError, "log a number", lambda net: caffe.log(3)),  # type: ignore[arg-type]
    (TypeError, "several is text", lambda net: caffe.set_multiprocess("a")),  # type: ignore[arg-type]
    (TypeError, "count is text", lambda net: caffe.set_solver_count("x")),  # type: ignore[arg-type]
    (RuntimeError, "pickled net", lambda net: pickle.dumps(net)),
    (RuntimeError, "copied net", lambda net: copy.copy(net)),
    (RuntimeError, "copied parameters", lambda net: copy.deepcopy(net.params)),
    (RuntimeError, "copied blob", lambda net: copy.deepcopy(net.blobs["data"])),
]


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> caffe.Net:
    monkeypatch.chdir(tmp_path)
    return net_of(tmp_path, MLP)


@pytest.mark.parametrize(
    ("error", "wrong"), [(error, wrong) for error, _, wrong in WRONG], ids=[n for _, n, _ in WRONG]
)
def test_what_it_does_not_take_raises_as_in_pycaffe(
    error: type[Exception], wrong: Wrong, net: caffe.Net
) -> None:
    with pytest.raises(Exception) as caught:
        wrong(net)
    assert caught.type is error, caught.value


def test_what_it_takes_is_taken(net: caffe.Net, tmp_path: Path) -> None:
    net.save(b"x.caffemodel")  # type: ignore[arg-type]
    again = caffe.Net(os.fsencode(tmp_path / "net.prototxt"), b"x.caffemodel", caffe.TEST)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again.params["ip1"][0].data, net.params["ip1"][0].data)
    again.blobs["data"].reshape(np.int64(4), np.int32(3))
    again.reshape()
    assert again.blobs["ip2"].shape == (4, 2)
    assert copy.deepcopy(net.params["ip1"][0].data).shape == (4, 3)
    with pytest.raises(ValueError, match="phase must be"):
        caffe.Net("net.prototxt", 2)


def test_a_blob_that_is_assigned_is_what_the_layer_uses(net: caffe.Net) -> None:
    x = np.ones((2, 3), np.float32)
    before = net.forward(data=x)["side"].copy()
    weights = caffe._caffe.Blob((4, 3))
    weights.data[...] = 2 * net.params["ip1"][0].data
    net.params["ip1"][0] = weights
    np.testing.assert_array_equal(net.forward(data=x)["side"], 2 * before)
    weights.data[...] = 0
    assert (net.forward(data=x)["side"] == 0).all()
    with pytest.raises(RuntimeError):
        net.params["ip1"][-1] = caffe._caffe.Blob((5,))
        net.forward(data=x)


def test_classifiers_take_a_list_of_pictures(files: tuple[str, str]) -> None:
    classifier = caffe.Classifier(*files)
    assert classifier.predict([np.zeros((4, 4, 3))]).shape == (1, 5)
    for wrong in ([], np.zeros((4, 4, 3))):
        with pytest.raises(IndexError):
            classifier.predict(wrong)  # type: ignore[arg-type]
