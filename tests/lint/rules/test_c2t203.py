"""C2T203 filler-missing."""

from __future__ import annotations

from caffe2torch.lint import engine
from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.nets import chain

CODE = "C2T203"


def test_no_fillers_at_all(folder: Folder) -> None:
    finding = fires(folder.write(net=chain(3, "")), CODE, "3 layers (conv1, conv2, conv3)")
    assert finding.severity == "error"
    assert "C2T201 signal-vanishes" not in [f.code for f in folder.lint()]


def test_one_layer_without(folder: Folder) -> None:
    text = chain(3).replace('weight_filler { type: "msra" }', "", 1)
    fires(folder.write(net=text), CODE, 'layer "conv1" has no weight_filler')


def test_zeros_in_the_last_layer_are_a_note(folder: Folder) -> None:
    fires(folder.write(net=chain(3, last="")), CODE, "starts at 0", severity="info")


def test_a_body_below_a_new_head_waits_for_weights(folder: Folder) -> None:
    finding = fires(folder.write(net=chain(6, "")), CODE, "6 layers", severity="warning")
    assert "for which the net seems made" in finding.why
    assert not [f.code for f in folder.lint() if f.severity == "error"]
    folder.weights = "mean.binaryproto"
    check_noop(folder, CODE)


def test_a_net_alone_may_start_from_anything(folder: Folder) -> None:
    folder.write(net=chain(3, "", last=""))
    found = engine.lint_file(folder.net_file)
    assert [f.severity for f in only(found, CODE)] == ["warning"]
    assert not [f.text for f in found if f.severity == "error"]


def test_pretrained(folder: Folder) -> None:
    folder.solver({"": '\nweights: "mean.binaryproto"\n'})
    check_noop(folder.write(net=chain(3, "")), CODE)


def test_frozen_layers(folder: Folder) -> None:
    text = chain(1, "").replace("convolution_param {", "param { lr_mult: 0 } convolution_param {")
    check_noop(folder.write(net=text), CODE)


def test_fix_fits_the_activation(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=chain(2, "")), CODE)
    assert texts["train_val.prototxt"].count('weight_filler { type: "msra" }') == 2


def test_fix_in_front_of_tanh(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=chain(2, "", activation="TanH")), CODE)
    assert texts["train_val.prototxt"].count('weight_filler { type: "xavier" }') == 3


def test_zeros_behind_zeros_stay_copies(folder: Folder) -> None:
    """A Sigmoid of 0 is 1/2, so both wake, but nothing tells the units of the first one apart."""
    text = chain(2, "").replace('"ReLU"', '"Sigmoid"')
    finding = fires(folder.write(net=text), CODE, 'layer "conv1" stay copies', severity="warning")
    assert 'layer "conv2" behind it starts at 0' in finding.why
