"""C2T113 labels-sorted."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.databases import TRAIN, by_class, image_data, pictures, write

CODE = "C2T113"


@pytest.mark.parametrize(("batch", "severity"), [(64, "warning"), (8, "error")])
def test_sorted_by_class(folder: Folder, batch: int, severity: str) -> None:
    write(folder.path / TRAIN, *by_class(1000))
    folder.net({"batch_size: 64": f"batch_size: {batch}"})
    fires(folder, CODE, "runs of about", f"an update sees {batch} records", severity=severity)


def test_sorted_list(folder: Folder) -> None:
    lines = [f"{name} {i // 6}" for i, name in enumerate(pictures(folder))]
    fires(image_data(folder, lines), CODE, "runs of about 6", "shuffle: true")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_short_runs(folder: Folder) -> None:
    write(folder.path / TRAIN, *by_class(16))
    check_noop(folder, CODE)


def test_shuffled_list(folder: Folder) -> None:
    lines = [f"{name} {i // 6}" for i, name in enumerate(pictures(folder))]
    check_noop(image_data(folder, lines, "shuffle: true"), CODE)


def test_fix(folder: Folder) -> None:
    lines = [f"{name} {i // 6}" for i, name in enumerate(pictures(folder))]
    text = check_fixed(image_data(folder, lines), CODE)["train_val.prototxt"]
    assert "shuffle: true" in text
