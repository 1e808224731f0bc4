"""safetensors: the weights as the emitted module has them, with the layers that they belong to."""

from __future__ import annotations

import json
from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.keys import LAYERS, owners

SUFFIX = ".safetensors"


def write(conversion: Conversion, path: Path) -> str:
    """Write the state dict of the emitted module."""
    from safetensors.torch import save

    layers = json.dumps(owners(conversion.source.paths))
    with replacing(path) as aside:
        whole = save(conversion.state, metadata={"format": "pt", LAYERS: layers})
        aside.write_bytes(_in_order(whole))
    return f"{len(conversion.state)} tensors"


def _in_order(file: bytes) -> bytes:
    """A safetensors file with its metadata in order, so that the same weights are the same bytes.

    Source: the format's own description: 8 bytes of length, a header in JSON padded by blanks to
            a multiple of 8, the tensors
    """
    end = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + file[end:]
