"""Says what is in a file, whatever kind it is: by its content, never by its name. No torch here.

`inspect_file(path)` looks at the first bytes, asks each file of `kinds/` whether the file is of its
kind, and returns that kind's `Report`: values for `--json`, tables for people, a picture for some.
"""

from __future__ import annotations

import os
from types import ModuleType

from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report, Table
from caffe2torch.registry import Registry

__all__ = ["Options", "Report", "Table", "inspect_file", "kind_of", "registry"]

registry = Registry("caffe2torch.inspect.kinds", "kind of file")


def inspect_file(path: str | os.PathLike[str], options: Options | None = None) -> Report:
    """Read a file or database of Caffe's and report on it.

    Raises: C2TError if it is missing, damaged, or of no kind that is known here.
    """
    from caffe2torch.inspect.unknown import refusal

    head = Head.of(os.fspath(path))
    kind = _kind(head)
    if kind is None:
        raise refusal(head)
    report: Report = kind.report(head, options or Options())
    return report


def kind_of(path: str | os.PathLike[str]) -> str:
    """Return the name of the kind of a file, such as "net" or "solver"; "" if it is of none.

    Raises: C2TError if it is missing, empty, or too damaged to tell.
    """
    kind = _kind(Head.of(os.fspath(path)))
    return kind.__name__.rpartition(".")[2] if kind else ""


def _kind(head: Head) -> ModuleType | None:
    return next((kind for kind in registry.all() if kind.fits(head)), None)
