"""C2T422 untrained-batchnorm-test."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T422"


def net(param: str = "") -> str:
    norm = (
        'layer { name: "norm" type: "BatchNorm" bottom: "conv1" top: "conv1" '
        f"batch_norm_param {{ {param} }} }}\n"
    )
    return chain(1).replace('layer { name: "act1"', norm + 'layer { name: "act1"')


def test_default(folder: Folder) -> None:
    fires(folder.write(net=net()), CODE, 'layer "norm"', "= 316", severity="info")


def test_other_eps(folder: Folder) -> None:
    fires(folder.write(net=net("eps: 0.0001")), CODE, "= 100", severity="info")


def test_no_test_at_zero(folder: Folder) -> None:
    check_noop(folder.write(net=net()).solver({"": "\ntest_initialization: false\n"}), CODE)


def test_no_batchnorm(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=net()), CODE)
    assert "test_initialization: false" in texts["solver.prototxt"]
