"""C2T314 batch-lr-scaling."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T314"


def batch(folder: Folder, size: int, rate: str) -> Folder:
    return folder.write(net=chain(4, batch=size)).solver({"base_lr: 0.02": f"base_lr: {rate}"})


def test_the_rate_of_a_large_batch(folder: Folder) -> None:
    finding = fires(
        batch(folder, 2, "0.05"),
        CODE,
        "too high for a batch of 2",
        "with a batch of 256 that would be",
    )
    assert finding.also == ("C2T301 lr-too-high",)


def test_only_one_of_both_is_reported(folder: Folder) -> None:
    codes = [f.code for f in batch(folder, 2, "0.05").lint()]
    assert CODE in codes
    assert "C2T301" not in codes


def test_a_usual_batch(folder: Folder) -> None:
    check_noop(batch(folder, 64, "0.005"), CODE)


def test_a_rate_that_no_batch_would_save(folder: Folder) -> None:
    codes = [f.code for f in batch(folder, 2, "5").lint()]
    assert "C2T301" in codes
    assert CODE not in codes


def test_accumulation_counts_as_batch(folder: Folder) -> None:
    check_noop(batch(folder, 2, "0.005").solver({"": "\niter_size: 32\n"}), CODE)


def test_fix(folder: Folder) -> None:
    check_fixed(batch(folder, 2, "0.05"), CODE)
