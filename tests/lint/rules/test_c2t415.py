"""C2T415 deep-plain-net."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T415"


def test_dead_signal(folder: Folder) -> None:
    folder.write(net=chain(14, "xavier", scale=0.001))
    fires(folder, CODE, "15 weight layers in a row", severity="info")


def test_healthy_signal_is_an_info(folder: Folder) -> None:
    fires(folder.write(net=chain(11)), CODE, "12 weight layers", severity="info")


def test_shallow(folder: Folder) -> None:
    check_noop(folder.write(net=chain(6)), CODE)


def test_normalised(folder: Folder) -> None:
    norm = 'layer { name: "n" type: "BatchNorm" bottom: "conv1" top: "conv1" }\n'
    text = chain(12).replace('layer { name: "act1"', norm + 'layer { name: "act1"')
    check_noop(folder.write(net=text), CODE)


def test_fix(folder: Folder) -> None:
    """Sigmoids bury the signal under their constant part, whatever fillers and scale are."""
    texts = check_fixed(folder.write(net=chain(12, "xavier", activation="Sigmoid")), CODE)
    assert texts["train_val.prototxt"].count('type: "BatchNorm"') == 12
