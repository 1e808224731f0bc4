"""Where things are kept that can be made again: the user's cache folder.

Source: XDG Base Directory Specification
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.atomic import replacing


def folder(name: str) -> Path:
    """$XDG_CACHE_HOME/caffe2torch/NAME; ~/.cache where the variable names no absolute path."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return root / "caffe2torch" / name


def keep(path: Path, content: bytes) -> None:
    """Write a file whole; a folder that cannot be written costs the keeping, nothing else."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as aside:
            aside.write_bytes(content)


def recall(path: Path, key: str) -> str:
    """What stands under a key of the JSON in a kept file, "" where it cannot be read."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        return str(inputs.parse_json(inputs.read_text(path))[key])
    return ""
