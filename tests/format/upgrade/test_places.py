"""Where old and present text writes a field of the upgraded layer."""

from __future__ import annotations

from caffe2torch.format import upgrade
from tests.format.upgrade.nets import PADDED


def test_places_in_old_layers() -> None:
    net = upgrade.parse_net(PADDED % "conv", "f")
    document = net.document
    assert document is not None
    for path, covers in [
        ("name", "name: 'c'"),
        ("convolution_param.kernel_size", "kernelsize: 5"),
        ("param[1].lr_mult", "blobs_lr: 2"),
        ("bottom", "bottom: 'pad'"),
    ]:
        span = net.span(1, path)
        assert span is not None
        assert document.text[span.start : span.end] == covers
    first = net.span(0)
    assert first is not None
    assert document.text[first.start : first.end] == "input: 'data'"


def test_places_in_v1_and_present_layers() -> None:
    source = "layers { name: 'd' type: DATA data_param { scale: 2 source: 's' } top: 'd' top: 'l' }"
    source += "\nlayers { name: 'i' type: INNER_PRODUCT bottom: 'd' top: 'i' weight_decay: 3 }"
    net = upgrade.parse_net(source, "f")
    assert net.message.layer[0].transform_param.scale == 2
    assert str(net.span(0, "transform_param.scale")) == "f:1:44"
    assert str(net.span(0, "data_param.backend")) == "f:1:31"
    assert str(net.span(0, "top[1]")) == "f:1:76"
    assert str(net.span(1, "param[0].decay_mult")) == "f:2:61"
    assert str(net.span(1, "inner_product_param.num_output")) == "f:2:1"
    assert str(net.span(None, "name")) == "f:1:1"


def test_solver_places() -> None:
    solver = upgrade.parse_solver("net: 'x'\nsolver_type: ADAM", "s")
    assert solver.message.type == "Adam"
    assert str(solver.span("type")) == "s:2:1"
    assert str(solver.span("base_lr")) == "s:1:1"
