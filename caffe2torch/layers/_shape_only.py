"""Layer types that are known by their shapes only: their nets are read and drawn, not run."""

from __future__ import annotations

from typing import NoReturn

from caffe2torch.errors import UnsupportedError
from caffe2torch.layers.base import Blob, Layer, Shape, Site
from caffe2torch.layers.code import Code


def refuse_to_run(x: Site, reason: str, instead: str = "") -> NoReturn:
    """Raise UnsupportedError for a layer that is to run."""
    raise UnsupportedError(
        f'layer "{x.name}" ({x.type}) is known by its shapes only: {reason}',
        hint=instead or "feed its tops: put Input layers in its place",
    )


class ShapesOnly(Layer):
    """A layer whose function is not reproduced: its subclass says the shapes of its tops."""

    shapes_only = True

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")


class ShapesOnlyLoss(ShapesOnly):
    """A loss of that kind: one number."""

    loss = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]


class ShapesOnlySame(ShapesOnly):
    """A layer of that kind whose top has the shape of its first bottom."""

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]


def with_masks(blobs: dict[str, Blob]) -> dict[str, Blob]:
    """Blobs and a mask for each, as forks have them that prune or quantize weights in steps."""
    masks = {f"{key}_mask": Blob(blob.shape, learnable=False) for key, blob in blobs.items()}
    return blobs | masks
