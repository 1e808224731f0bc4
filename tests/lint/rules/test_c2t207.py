"""C2T207 gaussian-std-off."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T207"


def test_the_default_std(folder: Folder) -> None:
    finding = fires(folder.write(net=chain(3, "gaussian")), CODE, "std 1, Caffe's default")
    assert finding.severity == "error"
    assert "C2T202 signal-explodes" in finding.also


def test_a_std_that_is_too_small(folder: Folder) -> None:
    folder.write(net=chain(5, 'gaussian" std: 0.001')).solver({"base_lr: 0.02": "base_lr: 1e-4"})
    fires(folder, CODE, "times too small", severity="error")


def test_uniform_zero_to_one(folder: Folder) -> None:
    fires(folder.write(net=chain(2, "uniform")), CODE, "range 0 to 1")


def test_a_std_that_fits(folder: Folder) -> None:
    check_noop(folder.write(net=chain(3, 'gaussian" std: 0.11')), CODE)


def test_fillers_that_compute_it(folder: Folder) -> None:
    check_noop(folder.write(net=chain(3)), CODE)


def test_fix(folder: Folder) -> None:
    check_fixed(folder.write(net=chain(3, "gaussian")), CODE)


def test_large_weights_that_make_the_rate_fatal(folder: Folder) -> None:
    """std 1 in the last convolution only: logits of 4, and the layers below it move too far."""
    net = chain(3).replace('weight_filler { type: "msra" }', 'weight_filler { type: "gaussian" }')
    net = net.replace('weight_filler { type: "gaussian" }', 'weight_filler { type: "msra" }', 2)
    found = fires(folder.write(net=net), CODE, "Caffe's default")
    assert found.severity != "info"
    assert not [f for f in folder.lint() if f.code == "C2T301"]
