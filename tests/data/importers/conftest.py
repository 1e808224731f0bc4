"""A database of seven small images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.one_feed import datum, write


@pytest.fixture
def images() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (3, 8, 9), dtype=np.uint8) for _ in range(7)]


@pytest.fixture
def db(tmp_path: Path, images: list[np.ndarray]) -> str:
    return write(tmp_path / "db", [datum(image, i) for i, image in enumerate(images)])
