"""Models that were converted before, in the user's cache folder, each written whole or not at all.

Source: XDG Base Directory Specification
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

import caffe2torch
from caffe2torch import inputs
from caffe2torch.atomic import replacing

CACHE = "XDG_CACHE_HOME"


def folder() -> Path:
    """Where models are kept: $XDG_CACHE_HOME/caffe2torch/opencv, or ~/.cache in its place."""
    given = os.environ.get(CACHE, "")
    root = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return root / "caffe2torch" / "opencv"


def kept(key: str, make: Callable[[], bytes]) -> bytes:
    """The content under a key, made and kept where there is none.

    A folder that cannot be written costs the keeping, nothing else.
    """
    path = folder() / f"{digest(key, _program())}.onnx"
    with suppress(OSError):
        content = inputs.read(path)
        if content:
            return content
    content = make()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as aside:
            aside.write_bytes(content)
    return content


def digest(*parts: str) -> str:
    """A name for several texts."""
    return blake2b("\0".join(parts).encode(), digest_size=20).hexdigest()


@cache
def _program() -> str:
    """The state of the program: another one may convert otherwise."""
    return "\n".join(_files(Path(caffe2torch.__file__).parent))


def _files(package: Path) -> Iterator[str]:
    for path in sorted(package.rglob("*.py")):
        status = path.stat()
        yield f"{path.relative_to(package)} {status.st_size} {status.st_mtime_ns}"
