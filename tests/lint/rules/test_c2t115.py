"""C2T115 data-degenerate."""

from __future__ import annotations

import numpy as np
import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.databases import both, image_data, noise, pictures

CODE = "C2T115"

LABELS = [i % 10 for i in range(64)]


def test_constant(folder: Folder) -> None:
    both(folder, np.full((64, 1, 8, 8), 7, np.uint8), LABELS)
    fires(folder, CODE, "every pixel is 7", severity="error")


def test_constant_channel(folder: Folder) -> None:
    images = noise(channels=3)
    images[:, 1] = 0
    fires(both(folder, images, LABELS), CODE, "channel 1 is 0 everywhere", severity="warning")


def test_nan(folder: Folder) -> None:
    images = noise().astype(np.float32)
    images[::3, 0, 0, 0] = np.nan
    fires(both(folder, images, LABELS), CODE, "NaN or infinity", severity="error")


@pytest.mark.parametrize(("different", "severity"), [(1, "error"), (32, "warning")])
def test_copies(folder: Folder, different: int, severity: str) -> None:
    images = noise()[[i % different for i in range(64)]]
    fires(both(folder, images, LABELS), CODE, "exact copies", severity=severity)


def test_sizes(folder: Folder) -> None:
    names = pictures(folder, 6) + pictures(folder, 3, size=9)
    lines = [f"{name} {i}" for i, name in enumerate(dict.fromkeys(names))]
    fires(image_data(folder, lines), CODE, "images of 2 sizes (9 x 9, 8 x 8)", severity="error")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_resized(folder: Folder) -> None:
    names = pictures(folder, 6) + pictures(folder, 3, size=9)
    lines = [f"{name} {i}" for i, name in enumerate(dict.fromkeys(names))]
    check_noop(image_data(folder, lines, "new_height: 8 new_width: 8"), CODE)
