"""state-dict: the weights as torch.save writes them."""

from __future__ import annotations

import io
from collections import OrderedDict
from pathlib import Path

import torch

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.keys import LAYER, owners

SUFFIX = ".pt"


def write(conversion: Conversion, path: Path) -> str:
    """Write the state dict of the emitted module."""
    whole = io.BytesIO()  # on a full disk torch.save itself says nothing that helps
    torch.save(_with_layers(conversion), whole)
    with replacing(path) as aside:
        aside.write_bytes(whole.getbuffer())
    return f"{len(conversion.state)} tensors"


def _with_layers(conversion: Conversion) -> OrderedDict[str, torch.Tensor]:
    """The state dict, with the layer of each submodule where torch keeps what it knows of one."""
    state = OrderedDict(conversion.state)
    known = dict(getattr(conversion.module.state_dict(), "_metadata", {}))
    for path, layer in owners(conversion.source.paths).items():
        known[path] = {**known.get(path, {}), LAYER: layer}
    state._metadata = known  # type: ignore[attr-defined]
    return state
