"""Layer types that are known by their shapes only: their nets are read and drawn, not run."""

from __future__ import annotations

from typing import NoReturn

from caffe2torch.errors import UnsupportedError
from caffe2torch.layers.base import Blob, Site


def refuse_to_run(x: Site, reason: str, instead: str = "") -> NoReturn:
    """Raise UnsupportedError for a layer that is to run."""
    raise UnsupportedError(
        f'layer "{x.name}" ({x.type}) is known by its shapes only: {reason}',
        hint=instead or "feed its tops: put Input layers in its place",
    )


def with_masks(blobs: dict[str, Blob]) -> dict[str, Blob]:
    """Blobs and a mask for each, as forks have them that prune or quantize weights in steps."""
    masks = {f"{key}_mask": Blob(blob.shape, learnable=False) for key, blob in blobs.items()}
    return blobs | masks
