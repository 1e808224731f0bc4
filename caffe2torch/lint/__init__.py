"""Says why a Caffe config will not train, with numbers, before a GPU is spent. No torch here.

`lint_file` reads a solver or net, gives a `Context` to every rule in `rules/`, and returns the
findings, the most likely cause first. Rules decide; `fix` edits; `formats` print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caffe2torch.lint.engine import lint_file as lint_file


def __getattr__(name: str) -> Any:
    # not at import: who needs a part of the package, such as `finding`, need not load every rule
    if name != "lint_file":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from caffe2torch.lint.engine import lint_file

    return lint_file
