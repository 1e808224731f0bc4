"""A net out of a text, on its way to PyTorch, with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caffe2torch.convert.compare import randomize
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.convert import Request, prepare


def converted(folder: Path, text: str, **options: Any) -> Conversion:
    path = folder / "net.prototxt"
    path.write_text(text)
    found = prepare(Request(path, **options))
    randomize(found.built)
    return found
