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
    fires(folder, CODE, "times too small", severity="warning")
    folder.write(net=chain(12, 'gaussian" std: 0.001'))
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


def test_only_what_is_too_large_is_blamed_where_it_explodes(folder: Folder) -> None:
    net = chain(3, "gaussian", scale=1).replace('"gaussian"', '"gaussian" std: 0.01', 1)
    found = fires(folder.write(net=net), CODE, "times too large", severity="error")
    assert "conv1" not in found.text


def test_dead_by_far_even_if_the_input_is_large(folder: Folder) -> None:
    net = chain(9, 'gaussian" std: 0.0001', scale=1)
    fires(folder.write(net=net), CODE, "times too small", severity="error")


def test_a_last_layer_may_start_small(folder: Folder) -> None:
    """The scores are then alike at first, and the layer grows: VGG's has std 0.01."""
    folder.write(net=chain(8, "xavier", last='gaussian" std: 0.0005', scale=0.02))
    fires(folder, CODE, 'layer "score"', severity="info")
