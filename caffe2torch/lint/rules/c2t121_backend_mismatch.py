"""The database is of another backend than data_param says.

What it does: looks at what lies at the source (an LMDB holds data.mdb, a LevelDB CURRENT); where it
is not there, at its name. No backend means LEVELDB.

Why: Caffe opens what the field says. A LevelDB opened at an LMDB's folder says "Failed to open
leveldb" and may leave its own files in there.
Source: Caffe src/caffe/proto/caffe.proto, DataParameter: the default is LEVELDB; util/db.cpp.

An error where the database is there, a warning where only its name speaks.

Bad::

    data_param { source: "train_lmdb" batch_size: 64 }

Good::

    data_param { source: "train_lmdb" backend: LMDB batch_size: 64 }

Fix: the right backend. Safe where the database is there: it cannot be opened otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.source import SourceUse
from caffe2torch.data.paths import resolve
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 11

FILES = {"LMDB": "data.mdb", "LEVELDB": "CURRENT"}


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each database of another backend."""
    for source in data_layers.once(c):
        if source.field == "data_param" and source.source:
            declared = pb.DataParameter.DB.Name(source.param.backend)
            there = Path(resolve(source.source, source.base)).exists()
            real = _real(source) if there else _named(source.source)
            if real and real != declared:
                yield _finding(source, declared, real, there)


def _real(source: SourceUse) -> str:
    """What lies there, "" if it is no database."""
    folder = Path(resolve(source.source, source.base))
    return next((kind for kind, name in FILES.items() if (folder / name).is_file()), "")


def _named(path: str) -> str:
    """What the name says, "" if nothing."""
    name = path.lower()
    kinds = [kind for kind in FILES if kind.lower() in name]
    return kinds[0] if len(kinds) == 1 else ""


def _finding(source: SourceUse, declared: str, real: str, there: bool) -> Finding:
    how = declared if source.param.HasField("backend") else f"{declared}, the default"
    edits = data_layers.put([source], "data_param.backend", real)
    return Finding(
        f'layer "{source.name}" has backend {how}, its source is {real}',
        source.span_param("backend" if source.param.HasField("backend") else "source"),
        severity="error" if there else "warning",
        hint=f"backend: {real}",
        fix=Fix(f"backend: {real}", edits, safe=there) if edits else None,
        about=source.name,
        why=f'"{source.source}"{"" if there else ", by its name,"} is of backend {real}: '
        f"Caffe cannot open it",
    )
