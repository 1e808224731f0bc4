"""The linter's healthy folder: a solver, its net and real data."""

from __future__ import annotations

from tests.lint.conftest import folder, healthy

__all__ = ["folder", "healthy"]
