"""The images that reach the net are constant, far from 0, tiny or huge: a transformation is wrong.

Fillers reckon with inputs around 0 whose size is near 1, or that of pixels. Constant images hold
nothing to learn; an offset far above the spread makes all images alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from caffe2torch.health.history import Channel, History

ADVICE = (
    "look at inputs.png of c2t probe; subtract the data's own mean (c2t mean, c2t stats), and "
    "scale once only: 0.00390625 for pixels of 0 to 255, nothing for data of 0 to 1"
)
SMALLEST, LARGEST, OFF = 0.02, 300.0, 6.0
"""Spreads of images of any kind (pixels: about 60), and the mean in units of the spread."""


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """All channels of a blob together, for one of them may well be constant."""
    blobs: dict[str, list[Channel]] = {}
    for channel in history.inputs:
        blobs.setdefault(channel.blob, []).append(channel)
    for blob, channels in blobs.items():
        fault = judge(channels)
        if fault:
            yield f'"{blob}" {fault}', "", False


def judge(channels: list[Channel]) -> str:
    """What is wrong with the channels of a blob, "" for nothing."""
    if not all(math.isfinite(channel.low) and math.isfinite(channel.high) for channel in channels):
        return "holds NaN or infinity"
    widest = max(channels, key=lambda channel: channel.std)
    spans = f"{widest.low:.3g} to {widest.high:.3g}, mean {widest.mean:.3g}, std {widest.std:.3g}"
    if widest.std == 0:
        return f"is constant: {spans}"
    if widest.std < SMALLEST:
        return f"is tiny: {spans}"
    if widest.std > LARGEST:
        return f"is huge: {spans}"
    if all(abs(channel.mean) > OFF * channel.std for channel in channels):
        return f"is far from 0: {spans}"
    return ""
