"""safetensors: the weights as LAYER.KEY, which the emitted module loads by name."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.export.conversion import Conversion

SUFFIX = ".safetensors"


def write(conversion: Conversion, path: Path) -> str:
    """Write the state dict of the emitted module."""
    from safetensors.torch import save_file

    with replacing(path) as aside:
        save_file(conversion.state, aside, metadata={"format": "pt"})
        aside.chmod(0o644)  # it writes for the owner alone
    return f"{len(conversion.state)} tensors"
