"""C2T114 class-imbalance."""

from __future__ import annotations

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.databases import TRAIN, noise, write

CODE = "C2T114"


def labelled(folder: Folder, labels: list[int]) -> Folder:
    """Training data of random pixels with these labels."""
    write(folder.path / TRAIN, noise(len(labels)), labels)
    return folder


def test_one_class(folder: Folder) -> None:
    fires(labelled(folder, [3] * 200), CODE, "all of 200", "nothing to learn", severity="error")


def test_nearly_one_class(folder: Folder) -> None:
    labelled(folder, [0 if i % 20 else i // 20 for i in range(200)])
    fires(folder, CODE, "always says 0 scores 0.95", severity="warning")


def test_a_rare_class(folder: Folder) -> None:
    labelled(folder, [9 if i == 77 else i % 2 for i in range(200)])
    check_noop(folder, CODE)  # 100 to 1, but the commonest is no more than half
    labelled(folder, [9 if i == 77 else int(i % 4 == 0) for i in range(200)])
    fires(folder, CODE, "74% of", severity="info")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_too_few_to_tell(folder: Folder) -> None:
    check_noop(labelled(folder, [0] * 50), CODE)


def test_images_that_are_labels(folder: Folder) -> None:
    labelled(folder, [0] * 200)
    check_noop(folder.net({'  top: "label"\n': ""}), CODE)
