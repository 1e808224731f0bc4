"""Which net the files of a folder were written from, so that they may be written again.

A folder's `.c2t.json` holds for each file the net that it came from and a digest of its content: a
file that somebody has changed since, or that came from elsewhere, is not replaced unasked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.errors import DataError

NAME = ".c2t.json"


def refuse_existing(paths: Iterable[Path], net: str, force: bool) -> None:
    """Raise DataError for a file that exists, unless `force`, or it was written from this net."""
    for path in paths:
        if path.exists() and not force and not is_ours(path, net):
            raise DataError(
                f"{path} exists already, and is not as this net was written to it",
                hint="name another, or use --force",
            )


def recorded(steps: Iterable[tuple[Path, str]], net: str) -> Iterator[tuple[Path, str]]:
    """The files that `steps` write and what is said of them, each noted in its folder."""
    for path, result in steps:
        if path.is_file():
            record(path, net)
        yield path, result


def is_ours(path: Path, net: str) -> bool:
    """Whether a file is still as it was written from this net."""
    entry = _entries(path.parent).get(path.name)
    known = entry is not None and entry.get("net") == _place(net)
    return known and entry is not None and entry.get("digest") == _digest(path)


def record(path: Path, net: str) -> None:
    """Note that a file has been written from a net, in its folder."""
    entries = _entries(path.parent)
    entries[path.name] = {"net": _place(net), "digest": _digest(path)}
    with replacing(path.parent / NAME) as aside:
        aside.write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _place(net: str) -> str:
    return str(Path(net).resolve())


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with inputs.opened(path) as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _entries(folder: Path) -> dict[str, dict[str, str]]:
    """The folder's notes; {} where there are none, or something else."""
    try:
        read = inputs.parse_json(inputs.read_text(folder / NAME))
    except (OSError, ValueError):
        return {}
    if not isinstance(read, dict):
        return {}
    return {name: entry for name, entry in read.items() if isinstance(entry, dict)}
