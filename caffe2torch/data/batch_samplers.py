"""The random parts of an image that SSD trains on, each with enough of some object in it.

Source: Liu et al., SSD (2016), section 2.2 (data augmentation); SSD's caffe sampler.cpp
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.annotated import coverage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def sample_frames(
    samplers: Iterable[pb.BatchSampler], boxes: NDArray[np.float32], rng: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Draw the frames (4,) of all samplers that suit the objects' boxes (B, 4)."""
    frames = []
    for sampler in samplers:
        if not sampler.use_original_image:
            continue
        taken = 0
        for _ in range(sampler.max_trials):
            if sampler.HasField("max_sample") and taken >= sampler.max_sample:
                break
            frame = draw_frame(sampler.sampler, rng)
            if suits(frame, boxes, sampler.sample_constraint):
                frames.append(frame)
                taken += 1
    return frames


def draw_frame(sampler: pb.Sampler, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw one frame: its area is scale^2, its shape an aspect ratio that lets it fit."""
    import numpy as np

    scale = rng.uniform(sampler.min_scale, sampler.max_scale)
    aspect = rng.uniform(sampler.min_aspect_ratio, sampler.max_aspect_ratio)
    aspect = min(max(aspect, scale**2), 1 / scale**2)
    width, height = scale * aspect**0.5, scale / aspect**0.5
    x, y = rng.uniform(0, max(0.0, 1 - width)), rng.uniform(0, max(0.0, 1 - height))
    return np.array([x, y, x + width, y + height], np.float32)


def suits(
    frame: NDArray[np.float32], boxes: NDArray[np.float32], rule: pb.SampleConstraint
) -> bool:
    """Whether some box meets one kind of constraint that is written; True if none is."""
    import numpy as np

    frames = np.broadcast_to(frame, boxes.shape)
    kinds = {
        "jaccard_overlap": lambda: _overlap(frames, boxes),
        "sample_coverage": lambda: coverage(frames, boxes),
        "object_coverage": lambda: coverage(boxes, frames),
    }
    written = [
        kind for kind in kinds if rule.HasField(f"min_{kind}") or rule.HasField(f"max_{kind}")
    ]
    if not written:
        return True
    good = np.ones(len(boxes), bool)
    met = np.zeros(len(boxes), bool)
    for kind in written:
        # as in SSD: the first kind that a box fails ends its case, one that it meets settles it
        value = kinds[kind]()
        if rule.HasField(f"min_{kind}"):
            good &= value >= np.float32(getattr(rule, f"min_{kind}"))
        if rule.HasField(f"max_{kind}"):
            good &= value <= np.float32(getattr(rule, f"max_{kind}"))
        met |= good
    return bool(met.any())


def _overlap(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Jaccard overlap (B,) of boxes (B, 4) pairwise."""
    import numpy as np

    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    both = np.clip(high - low, 0, None).prod(axis=1)
    area_a, area_b = ((c[:, 2:] - c[:, :2]).prod(axis=1) for c in (a, b))
    union = area_a + area_b - both
    overlap: NDArray[np.float32] = both / np.where(union > 0, union, 1)
    return overlap
