"""C2T323 accumulation-and-batchnorm."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T323"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


def normalized(folder: Folder, steps: int, batch: int = 64, global_stats: str = "") -> Folder:
    """The net with a BatchNorm, and iter_size."""
    place = 'layer {\n  name: "relu1"'
    norm = (
        f"""layer {{ name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" {global_stats} }}"""
    )
    folder.net({place: f"{norm}\n{place}", "batch_size: 64": f"batch_size: {batch}"})
    return folder.solver({"": f"iter_size: {steps}"})


def test_small_batch(folder: Folder) -> None:
    fires(normalized(folder, 16, 4), CODE, "over batch_size 4, not 64", severity="warning")


def test_large_batch(folder: Folder) -> None:
    fires(normalized(folder, 2), CODE, "over batch_size 64, not 128", severity="info")


def test_no_accumulation(folder: Folder) -> None:
    check_noop(normalized(folder, 1, 4), CODE)


def test_frozen_statistics(folder: Folder) -> None:
    check_noop(normalized(folder, 4, 4, "batch_norm_param { use_global_stats: true }"), CODE)


def test_no_norm(folder: Folder) -> None:
    check_noop(folder.solver({"": "iter_size: 4"}), CODE)
