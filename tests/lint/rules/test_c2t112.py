"""C2T112 label-out-of-range."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.databases import TEST, TRAIN, by_class, write

CODE = "C2T112"


def test_counted_from_one(folder: Folder) -> None:
    images, labels = by_class(1)
    write(folder.path / TRAIN, images, [label + 1 for label in labels])
    finding = fires(
        folder, CODE, "labels are 1 to 10", "has 10 classes", "outside 0 to 9", severity="error"
    )
    assert "they count from 1" in finding.hint


def test_too_few_outputs(folder: Folder) -> None:
    folder.net({"num_output: 10": "num_output: 7"})
    fires(folder, CODE, "labels are 0 to 9", "has 7 classes", "num_output: 10")


def test_both_phases_are_said_once(folder: Folder) -> None:
    found = only(folder.net({"num_output: 10": "num_output: 7"}).lint(), CODE)
    assert len(found) == 1


def test_negative(folder: Folder) -> None:
    images, labels = by_class(1)
    write(folder.path / TEST, images[:100], [label - 1 for label in labels[:100]])
    fires(folder, CODE, "TEST data", "labels are -1 to 8", "0 or more")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_ignored_label(folder: Folder) -> None:
    images, labels = by_class(1)
    for name in (TRAIN, TEST):
        write(folder.path / name, images, [255 if label == 3 else label for label in labels])
    ignore = "param { ignore_label: 255 }"
    folder.net({'type: "SoftmaxWithLoss"': f'type: "SoftmaxWithLoss" loss_{ignore}'})
    check_noop(folder.net({'type: "Accuracy"': f'type: "Accuracy" accuracy_{ignore}'}), CODE)


def test_spare_classes(folder: Folder) -> None:
    check_noop(folder.net({"num_output: 10": "num_output: 12"}), CODE)


def test_fix(folder: Folder) -> None:
    folder.net({"num_output: 10": "num_output: 7 # ?"})
    assert "num_output: 10 # ?" in check_fixed(folder, CODE)["train_val.prototxt"]
