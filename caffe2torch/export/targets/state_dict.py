"""state-dict: the weights as torch.save writes them."""

from __future__ import annotations

from pathlib import Path

import torch

from caffe2torch.atomic import replacing
from caffe2torch.export.conversion import Conversion

SUFFIX = ".pt"


def write(conversion: Conversion, path: Path) -> str:
    """Write the state dict of the emitted module."""
    with replacing(path) as aside:
        torch.save(conversion.state, aside)
    return f"{len(conversion.state)} tensors"
