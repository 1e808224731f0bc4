"""C2T318 warmup-needed."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T318"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


def large(folder: Folder, batch: int, rate: float) -> Folder:
    """A net in front of which BatchNorm makes large rates bearable."""
    norm = """layer { name: "bn%d" type: "BatchNorm" bottom: "%s" top: "%s" }"""
    layers = "".join(norm % (i, b, b) for i, b in enumerate(("conv1", "conv2", "ip1")))
    for i, (blob, layer) in enumerate((("conv1", "relu1"), ("conv2", "relu2"), ("ip1", "relu3"))):
        place = f'layer {{\n  name: "{layer}"'
        folder.net({place: norm % (i, blob, blob) + "\n" + place})
    assert layers
    folder.net({"batch_size: 64": f"batch_size: {batch}"})
    return folder.solver({"base_lr: 0.02": f"base_lr: {rate}", "momentum: 0.9": "momentum: 0"})


def test_large_batch_and_rate(folder: Folder) -> None:
    finding = fires(large(folder, 1024, 0.4), CODE, "at a batch of 1,024", severity="warning")
    assert "base_lr 0.04" in finding.hint


def test_iter_size_counts(folder: Folder) -> None:
    fires(large(folder, 256, 0.5).solver({"": "iter_size: 4"}), CODE, "at a batch of 1,024")


@pytest.mark.parametrize(("batch", "rate"), [(1024, 0.1), (256, 0.4)])
def test_small(folder: Folder, batch: int, rate: float) -> None:
    check_noop(large(folder, batch, rate), CODE)


def test_ramped_by_a_fork(folder: Folder) -> None:
    check_noop(large(folder, 1024, 0.4).solver({"": "rampup_interval: 500"}), CODE)


def test_pretrained(folder: Folder) -> None:
    folder.weights = "digits.caffemodel"
    check_noop(large(folder, 1024, 0.4), CODE)
