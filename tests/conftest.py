"""What all tests share: the golden data, the corpus, fixed seeds and one thread."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

# Before anything imports torch: the tests run side by side.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def golden() -> Path:
    """The recorded results of real Caffe; see its README.md."""
    return GOLDEN


@pytest.fixture(scope="session")
def zoo() -> Path:
    """The corpus of published nets that C2T_ZOO names; tests that need it are skipped without."""
    folder = os.environ.get("C2T_ZOO")
    if not folder:
        pytest.skip("C2T_ZOO names no corpus of nets")
    path = Path(folder)
    if not (path / "index.csv").is_file():
        pytest.fail(f"C2T_ZOO={folder} holds no index.csv")
    return path


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    """The same random numbers in every run."""
    random.seed(1)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing of the tests gets into the user's cache."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
