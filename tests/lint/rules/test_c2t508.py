"""C2T508 case-or-enum-style."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.nets import chain

CODE = "C2T508"


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("pool: MAX", "pool: max", "MAX"),
        ("pool: MAX", 'pool: "MAX"', "MAX"),
        ("pool: MAX", "pool: AVG", "AVE"),
        ("backend: LMDB", "backend: lmdb", "LMDB"),
        ("phase: TEST", "phase: test", "TEST"),
        ('type: "Convolution"', 'type: "convolution"', '"Convolution"'),
        ('type: "InnerProduct"', 'type: "INNER_PRODUCT"', '"InnerProduct"'),
        ('type: "SoftmaxWithLoss"', "type: SoftmaxWithLoss", '"SoftmaxWithLoss"'),
        ('type: "xavier"', 'type: "Xavier"', '"xavier"'),
        ("pool: MAX", "pool: MAX global_pooling: FALSE", "false"),
    ],
)
def test_net(folder: Folder, old: str, new: str, right: str) -> None:
    fires(folder.net({old: new}), CODE, f"write {right}", severity="error")
    before = folder.net_file.read_text()
    text = check_fixed(folder, CODE)["train_val.prototxt"]
    assert text != before
    assert not only(folder.lint(), "C2T002")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('lr_policy: "multistep"', 'lr_policy: "MultiStep"'),
        ('lr_policy: "multistep"', "lr_policy: multistep"),
        ("solver_mode: CPU", "solver_mode: cpu"),
        ("solver_mode: CPU", 'solver_mode: CPU type: "sgd"'),
    ],
)
def test_solver(folder: Folder, old: str, new: str) -> None:
    fires(folder.solver({old: new}), CODE, "not how Caffe spells it", severity="error")
    finding = only(folder.lint(), CODE)[0]
    assert finding.fix is not None
    assert finding.fix.safe
    check_fixed(folder, CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


@pytest.mark.parametrize("pool", ["pool: 0", "pool: MEDIAN"])
def test_other_values(folder: Folder, pool: str) -> None:
    """A number is an enum's value too; a word that is none is no matter of style."""
    check_noop(folder.net({"pool: MAX": pool}), CODE)


def test_names_are_free(folder: Folder) -> None:
    check_noop(folder.net({'name: "conv1"': 'name: "CONVOLUTION"'}), CODE)


def test_a_type_whose_file_name_is_known(folder: Folder) -> None:
    """Tanh folds to the file of TanH: it is no known type, and nothing fails over it."""
    folder.write(net=chain(1).replace('"ReLU"', '"Tanh"'))
    fires(folder, CODE, 'layer type "Tanh"', severity="error")
