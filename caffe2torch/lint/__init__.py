"""Says why a Caffe config will not train, with numbers, before a GPU is spent. No torch here.

`engine.lint` reads a solver or net, gives a `Context` to every rule in `rules/`, and returns the
findings, the most likely cause first. Rules decide; `fix` edits; `formats` print.

The package itself can be called: `caffe2torch.lint("solver.prototxt")` is `engine.lint`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caffe2torch.lint.finding import Finding


class _Callable(ModuleType):
    """The package as a function, since both are called `caffe2torch.lint`."""

    def __call__(self, path: str | Path, **options: Any) -> list[Finding]:
        """Return the findings about a solver or net; see `engine.lint`."""
        from caffe2torch.lint.engine import lint

        return lint(path, **options)


sys.modules[__name__].__class__ = _Callable
