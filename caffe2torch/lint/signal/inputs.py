"""What enters the net: moments of the transformed data, measured if it is there, else a prior.

Prior of 8-bit natural images: mean 115, std 70 (58 to 73 a channel over common datasets), and a
correlation that falls with distance d as 0.25 + 0.75·exp(−(d / 22)^0.8) for images 256 high: an
image's own brightness is a quarter of the variance. Small grey images are taken for MNIST's digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError
from caffe2torch.layers.base import Role
from caffe2torch.moments.lags import RADII, Array, N
from caffe2torch.moments.state import State

if TYPE_CHECKING:
    from caffe2torch.config.source import SourceUse
    from caffe2torch.data.stats import Targets
    from caffe2torch.graph.model import Graph, Node

SAMPLES, FEWEST = 48, 8
PIXELS = 1_500_000
"""Numbers that are looked at: enough for moments to a few per cent, in hundredths of a second."""
SMALL = 40


@dataclass(frozen=True)
class Prior:
    """Pixels of an image that nobody has shown us: mean, std, correlation at lags.RADII."""

    mean: float
    std: float
    floor: float
    reach: float

    def correlation(self, height: float) -> Array:
        """(N,) correlation at lags.RADII in an image `height` pixels high."""
        d = RADII * 256 / max(height, 1)
        out: Array = self.floor + (1 - self.floor) * np.exp(-((d / self.reach) ** 0.8))
        out[0] = 1
        return out


NATURAL = Prior(mean=115, std=70, floor=0.25, reach=22)
DIGITS = Prior(mean=33, std=78, floor=0.0, reach=24)


def states(
    graph: Graph, sources: Sequence[SourceUse], scale: Callable[[SourceUse], float]
) -> tuple[dict[str, State], list[str]]:
    """Blob -> State for all tops of source layers, and notes on what was assumed.

    scale: the transform_param.scale to reckon with, for a source.
    """
    by_index = {source.index: source for source in sources}
    by_blob: dict[str, State] = {}
    notes: list[str] = []
    for node in graph.sources:
        source = by_index.get(node.index) if node.index is not None else None
        for i, (top, shape) in enumerate(zip(node.tops, node.top_shapes, strict=True)):
            by_blob[top] = _top(node, source, i, tuple(shape), scale, notes)
    return by_blob, notes


def _top(
    node: Node, source: SourceUse | None, i: int, shape: tuple[int, ...],
    scale: Callable[[SourceUse], float], notes: list[str],
) -> State:  # fmt: skip
    if node.type == "DummyData":
        return _dummy(node, i, shape)
    images = node.layer.plays(Role.IMAGES)
    if i in node.layer.certain or (i > 0 and images):  # labels
        return unknown(shape)
    if source is not None and i > 0 and source.stats is not None and i in source.stats.targets:
        return _targets(source.stats.targets[i], shape)
    if source is not None and i == 0:
        measured = source.once(_transformed, shape)
        if measured is not None:
            return measured.scaled(scale(source))
        if images:
            what = f"{_name(shape)} (std {_which(shape).std:g} of 255)"
            notes.append(f'layer "{node.name}": data assumed to be {what}')
            return _assumed(source, shape, scale(source))
    return _guessed(node, shape, notes)


def _targets(values: Targets, shape: tuple[int, ...]) -> State:
    """What a top behind the first holds, its values independent of each other."""
    k = np.zeros((2, N))
    k[0] = max(0.0, values.square - values.mean**2)
    return State(shape, values.mean, k)


def _guessed(node: Node, shape: tuple[int, ...], notes: list[str]) -> State:
    """What has no known unit: rows of HDF5 files may hold anything."""
    if len(shape) == 4 and shape[1] in (1, 3) and min(shape[2:]) > 4:
        notes.append(f'layer "{node.name}": data assumed to be {_name(shape)}, mean subtracted')
        image = prior(shape)
        return replace(image, mean=0.0, tied=True, guess=node.type == "HDF5Data")
    notes.append(f'layer "{node.name}": data assumed to have mean 0 and std 1')
    return unknown(shape)


def _name(shape: tuple[int, ...]) -> str:
    return "digits" if _is_small(shape) else "natural images"


def _is_small(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 and shape[1] == 1 and max(shape[2:]) <= SMALL


def _which(shape: tuple[int, ...]) -> Prior:
    return DIGITS if _is_small(shape) else NATURAL


def prior(shape: tuple[int, ...]) -> State:
    """Pixels of 0 to 255 before any transformation; what two samples share is only the mean."""
    which = _which(shape)
    height = float(shape[2]) if len(shape) > 2 else 1.0
    k = np.zeros((2, N))
    k[0] = which.std**2 * which.correlation(height * 256 / 224 if height >= 200 else height)
    return State(shape, which.mean, k, tied=True)


def unknown(shape: tuple[int, ...]) -> State:
    """Independent numbers of mean 0 and variance 1."""
    k = np.zeros((2, N))
    k[0] = 1 if len(shape) <= 2 else np.where(RADII == 0, 1.0, 0.5)
    return State(shape, 0.0, k, guess=True)


def _dummy(node: Node, i: int, shape: tuple[int, ...]) -> State:
    from caffe2torch import fillers

    given = node.param.dummy_data_param.data_filler
    filler = given[i if i < len(given) else 0] if given else pb.FillerParameter()
    spread = fillers.find(filler.type).spread(filler, shape)
    k = np.zeros((2, N))
    k[0, 0] = spread.var
    return State(shape, spread.mean, k)


def _transformed(source: SourceUse, shape: tuple[int, ...]) -> State | None:
    """x − mean of sampled records, cropped at the centre; None if there are none."""
    count = int(min(SAMPLES, max(FEWEST, PIXELS // max(1, prod(shape[1:])))))
    images = sampled(source, count)
    if len(images) < 2:
        return None
    crop = source.transform.crop_size
    mean = _mean(source, images)
    if crop:
        images = [center(image, crop) for image in images]
        mean = center(mean, crop) if mean.ndim == 3 and min(mean.shape[1:]) > crop else mean
    if len({image.shape for image in images}) > 1 or images[0].ndim != 3:
        return None
    try:
        return moments(np.stack(images) - mean, shape)
    except ValueError:  # a mean of another shape, which C2T105 reports
        return moments(np.stack(images) - mean.mean(), shape)


def _mean(source: SourceUse, images: list[Array]) -> Array:
    """What is subtracted: (C, H, W) or (C, 1, 1); the data's own mean where the file is missing."""
    if source.transform.mean_value:
        values = np.array(source.transform.mean_value, np.float64)
        return values[:, None, None] if len(values) > 1 else values
    if not source.transform.mean_file:
        return np.zeros(1)
    if source.mean is not None:
        return np.asarray(source.mean, np.float64)
    if len({image.shape for image in images}) == 1:
        return np.asarray(np.mean(images, axis=0))
    return np.array([np.mean([image.mean() for image in images])])


def _assumed(source: SourceUse, shape: tuple[int, ...], scale: float) -> State:
    """(x − mean) · scale of the prior. A mean file that is not there is taken for the right one."""
    raw = prior(shape)
    mean = 0.0
    if source.transform.mean_value:
        mean = float(np.mean(source.transform.mean_value))
    elif source.transform.mean_file:
        mean = float(source.mean.mean()) if source.mean is not None else raw.mean
    return replace(raw, mean=(raw.mean - mean) * scale, k=raw.k * scale**2)


def sampled(source: SourceUse, limit: int) -> list[Array]:
    """Pixels (C, H, W) of up to `limit` records, as stored."""
    from caffe2torch.data import feeds

    if not feeds.known(source.type):
        return []
    try:
        samples = feeds.find(source.type).samples(source.layer, source.train, source.base, limit)
        taken = samples.taken if samples else iter(())
        # pixels are views of the database: they are void once it is closed
        copies = [s.pixels.astype(np.float64) for s in taken if s.pixels is not None]
    except (C2TError, OSError):
        return []
    return copies[:limit]


def center(image: Array, crop: int) -> Array:
    """The middle of an image (C, H, W), as a TEST crop takes it."""
    top, left = ((size - crop) // 2 for size in image.shape[1:])
    return image[:, max(0, top) :, max(0, left) :][:, :crop, :crop]


def moments(images: Array, shape: tuple[int, ...]) -> State:
    """State of a sample (n, C, H, W): product moments by distance, in a sample and between two."""
    n = len(images)
    mean = float(images.mean())
    centered = images - mean
    average = centered.mean(0, keepdims=True)
    same = np.array([_lagged(centered, r) for r in RADII])
    cross = np.array([_lagged(average, r) for r in RADII])
    # the mean of n samples still holds 1/n of their own variance
    cross = (cross - same / n) * n / (n - 1)
    square = (images**2).mean((0, 1))
    lines = tuple(_line(square.mean(1 - axis)) for axis in range(2))
    return State(shape, mean, np.stack([same, cross]), tied=True, profile=lines)


def _line(values: Array) -> Array:
    mean = float(values.mean())
    out: Array = values / mean if mean > 0 else np.ones(len(values))
    return out


def _lagged(images: Any, radius: float) -> float:
    """Mean product of two pixels `radius` apart, over rows and columns (1.5: the diagonal)."""
    h, w = images.shape[2:]
    if radius == 1.5:
        shifts = [(1, 1)]
    else:
        shifts = [(int(radius), 0), (0, int(radius))]
    values = [
        float((images[:, :, dy:, dx:] * images[:, :, : h - dy, : w - dx]).mean())
        for dy, dx in shifts
        if dy < h and dx < w
    ]
    # further than the image is wide there is no pair, and nothing will ask for one
    return float(np.mean(values)) if values else 0.0
