"""safetensors: the weights as LAYER.KEY, which the emitted module loads by name."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion

SUFFIX = ".safetensors"


def write(conversion: Conversion, path: Path) -> str:
    """Write the state dict of the emitted module."""
    from safetensors.torch import save

    with replacing(path) as aside:
        aside.write_bytes(save(conversion.state, metadata={"format": "pt"}))
    return f"{len(conversion.state)} tensors"
