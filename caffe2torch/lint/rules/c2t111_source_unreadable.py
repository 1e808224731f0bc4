"""A database, list, mean file or weights file cannot be read.

What it does: looks for every file that the solver and the data layers name, where Caffe looks
(the working directory) and beside the prototxt, and opens what it finds.

Why: Caffe stops there. A missing path is a warning, because the config may be meant for another
machine; a file that exists and is not what it should be is an error. All missing paths are one
finding: they usually have one reason.

Bad::

    data_param { source: "/home/somebody/train_lmdb" backend: LMDB }

Good::

    data_param { source: "train_lmdb" backend: LMDB }
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from caffe2torch.errors import Span
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.source import SourceUse

SEVERITY = "warning"
RANK = 15
MISSING = 85
"""What is not there stands behind what the text alone shows: the config may be meant elsewhere."""
YIELDS_TO = ("C2T121",)


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all paths that do not exist, and one for each broken file."""
    missing: dict[str, Span | None] = {}
    for source in c.sources:
        missing.update((p, s) for p, s in _paths(source) if not _exists(p, source.base))
    missing.update((p, None) for p in c.weights if not _exists(p, str(Path(c.file).parent)))
    if missing:
        yield _not_found(missing)
    for source in c.sources:
        yield from _broken(source, missing)


def _paths(source: SourceUse) -> Iterator[tuple[str, Span | None]]:
    if source.source:
        yield source.source, source.span_param("source")
    if source.transform.mean_file:
        yield source.transform.mean_file, source.span("transform_param.mean_file")


def _exists(path: str, base: str) -> bool:
    return Path(path).exists() or (Path(base) / path).exists()


def _not_found(missing: dict[str, Span | None]) -> Finding:
    names = ", ".join(f'"{path}"' for path in missing)
    verb = "does not exist" if len(missing) == 1 else "do not exist"
    return Finding(
        f"{names} {verb}: nothing about the data could be checked, and Caffe would stop here",
        next(iter(missing.values())),
        hint="start in the folder that the paths are relative to, or put the files beside the net",
        about="source",
        rank=MISSING,
    )


def _broken(source: SourceUse, missing: dict[str, Span | None]) -> Iterator[Finding]:
    """Yield what is wrong with files that do exist."""
    where = (
        ("source", source.source, source.stats, source.span_param("source")),
        ("mean", source.transform.mean_file, source.mean, source.span("transform_param.mean_file")),
    )
    for key, path, _, span in where:
        error = source.errors.get(key)
        if error is not None and path and path not in missing:
            yield Finding(error.message, span, "error", error.hint or "", about=source.name)
