"""state-dict: the weights as torch.save writes them."""

from __future__ import annotations

import io
from pathlib import Path

import torch

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion

SUFFIX = ".pt"


def write(conversion: Conversion, path: Path) -> str:
    """Write the state dict of the emitted module."""
    whole = io.BytesIO()  # on a full disk torch.save itself says nothing that helps
    torch.save(conversion.state, whole)
    with replacing(path) as aside:
        aside.write_bytes(whole.getbuffer())
    return f"{len(conversion.state)} tensors"
