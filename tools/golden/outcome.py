"""What became of one golden case, and the comparison that decides it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from caffe2torch.errors import C2TError

Array = np.ndarray[Any, Any]


@dataclass
class Outcome:
    """One case: `problems` empty means passed; `waits` names a part that is not built yet.

    `skipped` is the reason why an optional case could not be run at all.
    """

    name: str
    problems: list[str] = field(default_factory=list)
    waits: str = ""
    skipped: str = ""
    worst: float = 0.0

    def compare(self, what: str, ours: Array | None, reference: Array) -> None:
        """|a - b| <= 1e-4 |b| + 1e-5 max(1, max|b|), the bound of the golden README."""
        if ours is None:
            ours = np.zeros_like(reference)
        if tuple(ours.shape) != tuple(reference.shape):
            self.problems.append(f"{what}: shape {ours.shape}, Caffe has {reference.shape}")
            return
        error = excess(ours, reference)
        self.worst = max(self.worst, error)
        if not error <= 1:
            self.problems.append(f"{what}: {error:.3g} times the allowed difference")

    def require(self, good: bool, problem: str) -> None:
        if not good:
            self.problems.append(problem)


def excess(ours: Array, reference: Array) -> float:
    """Largest difference in units of the allowed one; inf where only one side is finite."""
    a = np.asarray(ours, np.float64).ravel()
    b = np.asarray(reference, np.float64).ravel()
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return 0.0
    a, b = a[~same], b[~same]
    if not (np.isfinite(a) & np.isfinite(b)).all():
        return float("inf")
    finite = reference[np.isfinite(reference)]
    largest = float(np.abs(finite.astype(np.float64)).max()) if finite.size else 0.0
    bound = 1e-4 * np.abs(b) + 1e-5 * max(1.0, largest)
    return float((np.abs(a - b) / bound).max())


@contextmanager
def reported(outcome: Outcome) -> Iterator[None]:
    """Turn an error of the program into a problem of the case; unknown types into a wait."""
    try:
        yield
    except C2TError as error:
        if "unknown layer type" in error.message:
            outcome.waits = error.message.split('"')[-2] if '"' in error.message else "type"
        outcome.problems.append(str(error))
    except NotImplementedError as error:
        outcome.waits = str(error) or "not built"
        outcome.problems.append(f"NotImplementedError: {error}")
    except Exception as error:  # a crash is a miss with its own words, not the end of the run
        outcome.problems.append(f"{type(error).__name__}: {error}")


def load(path: Path) -> dict[str, Array]:
    with np.load(path) as archive:
        return {key: archive[key] for key in archive.files}
