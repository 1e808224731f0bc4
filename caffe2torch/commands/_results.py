"""Options about results, alike in all commands: where they are written, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from caffe2torch.errors import C2TError
from caffe2torch.terminal import echo

STARTS: dict[str, tuple[bytes, ...]] = {
    ".png": (b"\x89PNG",),
    ".svg": (b"<svg", b"<?xml"),
    ".html": (b"<!DOCTYPE", b"<!doctype"),
    ".dot": (b"digraph",),
    ".csv": (b"iteration",),
    ".json": (b"{",),
    ".npy": (b"\x93NUMPY",),
}
"""How files of a kind begin, by their suffix."""
FORCE = click.option("--force", is_flag=True, help="Replace files of other kinds, too.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def output_option(text: str, *also: str, folder: bool = False, **more: Any) -> Callable[[Any], Any]:
    """Return a click option -o/--output for a file, or a folder.

    also: names that it has besides
    """
    kind = click.Path(path_type=Path, dir_okay=folder, file_okay=not folder)
    return click.option("-o", "--output", *also, "output", type=kind, help=text, **more)


def claim(path: Path, force: bool, kind: str = "") -> None:
    """Refuse to replace a file of another kind than the one that is written, unless `force`.

    kind: of `caffe2torch.inspect`, for files that no first bytes tell apart

    Raises: C2TError; OSError for what the sandbox does not hold.
    """
    from caffe2torch.outputs import Permit, check, permitted, starts_with

    starts = STARTS.get(path.suffix.lower(), ())
    is_known = starts_with(*starts) if starts else _of_kind(kind)
    with permitted(Permit((), outside=True, force=force)):
        check(str(path), "-o", is_known)


def _of_kind(kind: str) -> Callable[[Path], bool]:
    """What tells a kind that no first bytes tell; nothing is known to be of no kind."""
    return lambda there: not there.stat().st_size or (bool(kind) and _kind(there) == kind)


def _kind(path: Path) -> str:
    from caffe2torch.inspect import kind_of

    try:
        return kind_of(path)
    except C2TError:
        return ""


def print_json(value: Any) -> None:
    """Print a value of JSON's types as one document; numbers that are none become null."""
    echo(json.dumps(_finite(value), indent=1, allow_nan=False), verbatim=True)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
