"""C2T416 in-place-hazard."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.nets import chain

CODE = "C2T416"


def net(kind: str, top: str = "conv1", activation: str = "ReLU") -> str:
    """A chain with a layer behind the first activation."""
    layer = f'layer {{ name: "second" type: "{kind}" bottom: "conv1" top: "{top}" }}\n'
    mark = 'layer {\n  name: "conv2"\n  type: "Convolution"\n  bottom: '
    return chain(2, activation=activation).replace(f'{mark}"conv1"', f'{layer}{mark}"{top}"')


@pytest.mark.parametrize("kind", ["BatchNorm", "Power", "AbsVal"])
def test_relu_is_overwritten(folder: Folder, kind: str) -> None:
    text = net(kind) if kind != "AbsVal" else net("TanH")
    fires(folder.write(net=text), CODE, '"act1" (ReLU) reads', severity="warning")


def test_sigmoid_then_dropout(folder: Folder) -> None:
    folder.write(net=net("Dropout", activation="Sigmoid"))
    fires(folder, CODE, '"second" (Dropout) overwrites "conv1"', '"act1" (Sigmoid)')


def test_relu_then_dropout(folder: Folder) -> None:
    check_noop(folder.write(net=net("Dropout")), CODE)


def test_own_top(folder: Folder) -> None:
    check_noop(folder.write(net=net("BatchNorm", "bn")), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=net("BatchNorm")), CODE)
    assert 'bottom: "conv1" top: "second"' in texts["train_val.prototxt"]
    assert 'bottom: "second"' in texts["train_val.prototxt"]


def test_another_reader_in_front_of_it(folder: Folder) -> None:
    """Caffe refuses the net; the reason is said once."""
    side = 'layer { name: "side" type: "Silence" bottom: "conv1" }\n'
    text = chain(2).replace('layer { name: "act1"', side + 'layer { name: "act1"')
    fires(folder.write(net=text), CODE, "an earlier layer reads it as well", severity="error")
    assert not only(folder.lint(), "C2T003")


def test_under_another_name(folder: Folder) -> None:
    """The weights' gradient of an InnerProduct is taken from a bottom that a TanH overwrites."""
    side = (
        'layer { name: "flat" type: "Flatten" bottom: "conv1" top: "flat" }\n'
        'layer { name: "tanh" type: "TanH" bottom: "flat" top: "flat" }\n'
        'layer { name: "unread" type: "Silence" bottom: "flat" }\n'
    )
    text = chain(1).replace('layer { name: "loss"', side + 'layer { name: "loss"')
    message = '"tanh" (TanH) overwrites "flat" in place, which is the memory of "conv1"'
    fires(folder.write(net=text), CODE, message)
