"""C2T406 classes-mismatch."""

from __future__ import annotations

import pytest

from caffe2torch.lint import known_sets
from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T406"
HEAD = """
layer { name: "aux" type: "InnerProduct" bottom: "conv1" top: "aux"
  inner_product_param { num_output: 1000 weight_filler { type: "xavier" } } }
layer { name: "loss_aux" type: "SoftmaxWithLoss" bottom: "aux" bottom: "label" top: "loss_aux" }
"""


def test_classes_that_never_occur(folder: Folder) -> None:
    folder.write(net=chain(1, classes=1000))
    fires(folder, CODE, "0 to 9", "has 1000", "num_output: 10", severity="warning")


def test_one_head_was_forgotten(folder: Folder) -> None:
    folder.write(net=chain(1) + HEAD)
    fires(
        folder,
        CODE,
        "10 classes to one head",
        'layer "loss_aux" (SoftmaxWithLoss) as 1000',
        severity="warning",
    )


def test_too_few_classes_are_another_rule(folder: Folder) -> None:
    folder.write(net=chain(1, classes=5))
    finding = fires(folder, "C2T112", "labels are 0 to 9")
    assert "C2T406 classes-mismatch" in finding.also


def test_two_heads_of_ten(folder: Folder) -> None:
    check_noop(folder.write(net=chain(1) + HEAD.replace("1000", "10")), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=chain(1, classes=100)), CODE)
    assert "num_output: 10 " in texts["train_val.prototxt"]


def test_some_classes_too_many_are_an_info(folder: Folder) -> None:
    fires(folder.write(net=chain(1, classes=12)), CODE, "10 classes", severity="info")


@pytest.mark.parametrize(
    ("path", "classes"),
    [
        ("mnist/mnist_train_lmdb", 10), ("cifar100_lmdb", 100), ("ilsvrc12_val_lmdb", 1000),
        ("tiny-imagenet", 0), ("cats_lmdb", 0), ("imagenet_20class", 0),
    ],
)  # fmt: skip
def test_sets_by_name(path: str, classes: int) -> None:
    assert known_sets.classes(path) == classes


def test_a_known_set_that_is_not_here(folder: Folder) -> None:
    text = chain(1, classes=1000).replace("digits_", "mnist_")
    fires(folder.write(net=text), CODE, "sounds like 10 classes", severity="info")


def test_a_known_set_and_its_classes(folder: Folder) -> None:
    check_noop(folder.write(net=chain(1).replace("digits_", "mnist_")), CODE)
