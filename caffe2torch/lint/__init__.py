"""Says why a Caffe config will not train, with numbers, before a GPU is spent. No torch here.

`engine.lint` reads a solver or net, gives a `Context` to every rule in `rules/`, and returns the
findings, the most likely cause first. Rules decide; `fix` edits; `formats` print.

The package itself can be called: `caffe2torch.lint("solver.prototxt")` is `engine.lint`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from caffe2torch.config.files import Files
    from caffe2torch.lint.config import Config
    from caffe2torch.lint.finding import Finding


class CallablePackage(ModuleType):
    """The package as a function, since both are called `caffe2torch.lint`."""

    def __call__(
        self,
        path: str | Path,
        *,
        select: Iterable[str] = ("ALL",),
        ignore: Iterable[str] = (),
        weights: str = "",
        config: Config | None = None,
        files: Files | None = None,
    ) -> list[Finding]:
        """The findings about a solver or net; see `engine.lint`."""
        from caffe2torch.lint import engine

        return engine.lint(
            path, select=select, ignore=ignore, weights=weights, config=config, files=files
        )


sys.modules[__name__].__class__ = CallablePackage
lint = cast(CallablePackage, sys.modules[__name__])  # what `caffe2torch.lint` is, for type checkers
