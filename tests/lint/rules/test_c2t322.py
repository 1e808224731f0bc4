"""C2T322 clip-and-iter-size."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T322"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


@pytest.mark.parametrize(("size", "limit"), [(2, "5"), (8, "1.25")])
def test_both(folder: Folder, size: int, limit: str) -> None:
    folder.solver({"": f"clip_gradients: 10 iter_size: {size}"})
    finding = fires(folder, CODE, f"limited to {limit}", severity="warning")
    assert f"clip_gradients: {10 * size} limits the mean to 10" in finding.hint


@pytest.mark.parametrize(
    "one", ["clip_gradients: 10", "iter_size: 8", "clip_gradients: -1 iter_size: 2"]
)
def test_one(folder: Folder, one: str) -> None:
    check_noop(folder.solver({"": one}), CODE)


def test_meant(folder: Folder) -> None:
    comment = "clip_gradients: 10 # c2t: ignore[C2T322] for the sum\niter_size: 8"
    check_noop(folder.solver({"": comment}), CODE)
