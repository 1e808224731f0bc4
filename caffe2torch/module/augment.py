"""--augment: images turned, moved, cropped and coloured at random, by torchvision.transforms.v2."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

import torch
from torch import Tensor

from caffe2torch.errors import SolverError
from caffe2torch.layers._rois import torchvision_ops

LARGEST = {"rotate": 180.0, "translate": 1.0, "jitter": 1.0, "pad": 1000.0}
"""What may be asked for, and the largest value of each."""
NAMED = {
    "gentle": {"rotate": 5.0, "translate": 0.05, "jitter": 0.1},
    "aggressive": {"rotate": 45.0, "translate": 0.3, "jitter": 0.6, "pad": 4.0},
}
HINT = "write gentle, aggressive, or rotate=10,translate=0.1,jitter=0.2,pad=4"


def read(text: str) -> dict[str, float]:
    """Return what an --augment asks for.

    rotate:    by up to so many degrees
    translate: by up to this share of each side
    jitter:    brightness and contrast, of colours saturation too, by up to this share
    pad:       pixels of border from which a window of the old size is cropped

    "gentle" and "aggressive" stand for values of all. Raises: SolverError for anything else.
    """
    if text in NAMED:
        return dict(NAMED[text])
    values = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            raise SolverError(f'--augment "{text}" cannot be read', hint=HINT) from None
    for name, value in values.items():
        if name not in LARGEST:
            raise SolverError(f'--augment has no "{name}"', hint=HINT)
        if not 0 <= value <= LARGEST[name]:
            raise SolverError(f"--augment {name}={value:g} is not 0 to {LARGEST[name]:g}")
    return values


class Augment:
    """Changes images (N, C, H, W) float32, each in its own way; random numbers are torch's own.

    It comes after the transformation, so that what moves in from outside is 0: the mean, where one
    is subtracted. Colours are judged by the range of the batch.

    Raises: SolverError for what cannot be read.
    """

    def __init__(self, text: str) -> None:
        self.values = read(text)
        self.steps: dict[tuple[int, ...], tuple[Any, Any]] = {}

    def __call__(self, images: Tensor) -> Tensor:
        """Return the images, changed."""
        shape = tuple(images.shape[1:])
        if shape not in self.steps:
            self.steps[shape] = (self._colors(shape[0]), self._moves(shape))
        colors, moves = self.steps[shape]
        if colors is not None:
            low, high = images.aminmax()
            width = (high - low).clamp_min(1e-12)
            shades = (images - low) / width
            images = torch.stack([colors(shade) for shade in shades]) * width + low
        return torch.stack([moves(image) for image in images]) if moves is not None else images

    def _colors(self, channels: int) -> Any:
        share = self.values.get("jitter", 0.0)
        if not share or channels not in (1, 3):
            return None
        return transforms().ColorJitter(share, share, share if channels == 3 else None)

    def _moves(self, shape: tuple[int, ...]) -> Any:
        v2 = transforms()
        chain: list[Any] = []
        degrees, translate = self.values.get("rotate", 0.0), self.values.get("translate", 0.0)
        if degrees or translate:
            chain.append(v2.RandomAffine(degrees, (translate, translate) if translate else None))
        if self.values.get("pad"):
            chain += [v2.Pad(int(self.values["pad"])), v2.RandomCrop(shape[1:])]
        return v2.Compose(chain) if chain else None


@cache
def transforms() -> Any:
    """Return torchvision.transforms.v2. Raises: SolverError where it cannot be imported.

    A torchvision that was compiled for another torch lacks its operators, which transforms do not
    need: declared without a body, they let it be imported.
    """
    if torchvision_ops() is None:
        library = torch.library.Library("torchvision", "FRAGMENT")
        LIBRARIES.append(library)
        for name in ("nms", "qnms"):
            with suppress(RuntimeError):  # the one that it has
                library.define(f"{name}(Tensor dets, Tensor scores, float threshold) -> Tensor")
    try:
        from torchvision.transforms import v2
    except (ImportError, RuntimeError) as error:
        hint = 'pip install "caffe2torch[vision]"; it must be the torchvision of this torch'
        raise SolverError(f"--augment needs torchvision: {error}", hint=hint) from None
    return v2


LIBRARIES: list[Any] = []
"""What was declared, for as long as the process lives."""
