"""Models that were converted before, in the user's cache folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

import caffe2torch
from caffe2torch import inputs, user_cache


def folder() -> Path:
    """Where models are kept."""
    return user_cache.folder("opencv")


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
    user_cache.keep(path, content)
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
