"""C2T206 filler-activation-mismatch."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T206"


def test_many_xavier_layers_in_front_of_relu(folder: Folder) -> None:
    folder.write(net=chain(10, "xavier", scale=0.1))
    fires(folder, CODE, "10 layers with xavier", "by 32", severity="info")


def test_msra_in_front_of_tanh(folder: Folder) -> None:
    fires(folder.write(net=chain(3, "msra", activation="TanH")), CODE, "meant for ReLU")


def test_a_dead_signal_is_the_cause(folder: Folder) -> None:
    folder.write(net=chain(14, "xavier", scale=0.0005))
    assert CODE not in [f.code for f in folder.lint()]


def test_shallow_nets(folder: Folder) -> None:
    check_noop(folder.write(net=chain(4, "xavier")), CODE)


def test_what_fits(folder: Folder) -> None:
    check_noop(folder.write(net=chain(10, "msra")), CODE)


def test_fix(folder: Folder) -> None:
    check_fixed(folder.write(net=chain(3, "msra", activation="TanH")), CODE)


def test_behind_normalisation_it_does_no_harm(folder: Folder) -> None:
    net = chain(10, "xavier", scale=0.1)
    for i in range(1, 11):
        act = f'layer {{ name: "act{i}"'
        norm = f'layer {{ name: "n{i}" type: "BatchNorm" bottom: "conv{i}" top: "conv{i}" }}\n'
        assert act in net
        net = net.replace(act, norm + act)
    fires(folder.write(net=net), CODE, "BatchNorm makes up for", severity="info")
