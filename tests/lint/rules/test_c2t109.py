"""C2T109 scale-suspect."""

from __future__ import annotations

import numpy as np
import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.databases import both, noise

CODE = "C2T109"

SCALE = "scale: 0.00390625"


@pytest.mark.parametrize(
    ("scale", "says", "severity"),
    [
        ("255", "become up to 6.502e+04", "error"),
        ("0", "everything becomes 0", "error"),
        ("2", "become up to 510", "warning"),
        ("0.0001", "become up to 0.0255", ""),
        ("-0.00390625", "light and dark change places", "info"),
    ],
)
def test_suspect(folder: Folder, scale: str, says: str, severity: str) -> None:
    fires(folder.net({SCALE: f"scale: {scale}"}), CODE, says, severity=severity)


def test_data_in_unit_range(folder: Folder) -> None:
    both(folder, noise().astype(np.float32) / 255, [i % 10 for i in range(64)])
    fires(folder, CODE, "values of up to", "become up to 0.003")


@pytest.mark.parametrize("scale", [SCALE, "scale: 0.0078125", "scale: 0.017", "scale: 1", ""])
def test_usual(folder: Folder, scale: str) -> None:
    check_noop(folder.net({SCALE: scale}), CODE)


def test_unit_range_without_a_scale(folder: Folder) -> None:
    both(folder, noise().astype(np.float32) / 255, [i % 10 for i in range(64)])
    check_noop(folder.net({SCALE: ""}), CODE)


@pytest.mark.parametrize(("scale", "fixed"), [("255", "0.00392157"), ("0", "0.00390625")])
def test_fix(folder: Folder, scale: str, fixed: str) -> None:
    text = check_fixed(folder.net({SCALE: f"scale: {scale}"}), CODE)["train_val.prototxt"]
    assert text.count(f"scale: {fixed}") == 2
