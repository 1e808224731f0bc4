"""caffe.set_engine: the outputs agree, and everything else is there when it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

NET = """
layer { name: "data" type: "Input" top: "data"
  input_param { shape { dim: 2 dim: 3 dim: 9 dim: 9 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "msra" } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
  pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
  inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
"""


@pytest.fixture
def nets(tmp_path: Path) -> Iterator[tuple[caffe.Net, caffe.Net]]:
    file = tmp_path / "net.prototxt"
    file.write_text(NET)
    one, other = caffe.Net(str(file), caffe.TEST), caffe.Net(str(file), caffe.TEST)
    other.share_with(one)
    yield one, other
    caffe.set_engine("exact")


def test_outputs_agree_and_other_blobs_come_when_they_are_read(
    nets: tuple[caffe.Net, caffe.Net],
) -> None:
    exact, whole = nets
    random = np.random.default_rng(0)
    x, next_x = random.normal(size=(2, 2, 3, 9, 9)).astype(np.float32)
    wanted = {name: a.copy() for name, a in exact.forward(data=x, blobs=["pool", "conv"]).items()}
    caffe.set_engine("onnxruntime")
    outs = whole.forward(data=x)
    np.testing.assert_allclose(outs["prob"], wanted["prob"], atol=1e-5)
    assert whole.blobs["pool"].late is not None
    whole.blobs["data"].data[...] = next_x  # for the next pass, before this one is read
    np.testing.assert_allclose(whole.blobs["pool"].data, wanted["pool"], atol=1e-6)
    np.testing.assert_allclose(whole.blobs["conv"].data, wanted["conv"], atol=1e-6)
    np.testing.assert_array_equal(whole.blobs["data"].data, next_x)
    again = whole.forward(start="ip")["prob"]
    np.testing.assert_allclose(again, wanted["prob"], atol=1e-5)


def test_a_changed_weight_and_a_new_shape_count(nets: tuple[caffe.Net, caffe.Net]) -> None:
    whole = nets[1]
    caffe.set_engine("onnxruntime")
    x = np.ones((2, 3, 9, 9), np.float32)
    first = whole.forward(data=x)["prob"].copy()
    whole.params["ip"][1].data[...] = [5, 0, 0, 0, 0]
    second = whole.forward()["prob"]
    assert np.abs(second - first).max() > 0.1
    held = whole.params["ip"][1].data
    held[0] = 0
    np.testing.assert_allclose(whole.forward()["prob"], first, atol=1e-5)
    del held
    whole.blobs["data"].reshape(1, 3, 9, 9)
    assert whole.forward()["prob"].shape == (1, 5)
    assert whole.blobs["pool"].shape == (1, 4, 3, 3)


def test_a_blob_that_is_read_costs_the_layers_up_to_it_and_keeps_what_is_written(
    nets: tuple[caffe.Net, caffe.Net], monkeypatch: pytest.MonkeyPatch
) -> None:
    exact, whole = nets
    x = np.random.default_rng(0).normal(size=(2, 3, 9, 9)).astype(np.float32)
    wanted = {name: a.copy() for name, a in exact.forward(data=x, blobs=["pool", "conv"]).items()}
    caffe.set_engine("onnxruntime")
    whole.forward(data=x)
    ran = []
    for step in whole._steps:
        run = step.forward
        monkeypatch.setattr(
            step, "forward", lambda run=run, step=step: ran.append(step.type) or run()
        )
    np.testing.assert_allclose(whole.blobs["conv"].data, wanted["conv"], atol=1e-6)
    assert not {"Pooling", "InnerProduct"}.intersection(ran)
    whole.blobs["conv"].data[...] = 7
    np.testing.assert_allclose(whole.blobs["pool"].data, wanted["pool"], atol=1e-6)
    assert (whole.blobs["conv"].data == 7).all()
    assert "Pooling" in ran and "InnerProduct" not in ran


def test_a_weight_that_is_changed_does_not_change_the_pass_before(
    nets: tuple[caffe.Net, caffe.Net],
) -> None:
    exact, whole = nets
    x = np.random.default_rng(0).normal(size=(2, 3, 9, 9)).astype(np.float32)
    wanted = exact.forward(data=x, blobs=["pool"])["pool"].copy()
    caffe.set_engine("onnxruntime")
    whole.forward(data=x)
    whole.params["conv"][0].data[...] = 0
    np.testing.assert_allclose(whole.blobs["pool"].data, wanted, atol=1e-6)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="exact, onnxruntime"):
        caffe.set_engine("tensorrt")


def test_a_net_that_onnx_cannot_hold_stays_exact_and_says_so_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.prototxt"
    file.write_text("""
layer { name: "data" type: "Input" top: "data" top: "keep"
  input_param { shape { dim: 3 dim: 2 } shape { dim: 3 dim: 1 } } }
layer { name: "filter" type: "Filter" bottom: "data" bottom: "keep" top: "rows" }
""")
    net = caffe.Net(str(file), caffe.TEST)
    capsys.readouterr()
    caffe.set_engine("onnxruntime")
    try:
        for _ in range(2):
            rows = net.forward(data=np.arange(6).reshape(3, 2), keep=np.array([[0], [1], [1]]))
            np.testing.assert_array_equal(rows["rows"], [[2, 3], [4, 5]])
    finally:
        caffe.set_engine("exact")
    warnings = capsys.readouterr().err.splitlines()
    assert len(warnings) == 1
    assert 'layer "filter" (Filter)' in warnings[0]
    assert warnings[0].endswith("this net runs layer by layer")
