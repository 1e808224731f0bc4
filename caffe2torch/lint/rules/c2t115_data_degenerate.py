"""The data holds nothing to learn from: constant pixels, copies of one record, NaN.

What it does: looks at the range of each channel, at NaN and infinity, at exact copies among some
records spread over the data, and at images of several sizes where no crop makes them equal.

Why: constant pixels come from a broken decoder or a wrong root folder; copies from a conversion
that repeated one buffer. NaN spreads to every weight in one step. Images of different sizes stop
Caffe in the first batch.
Source: Caffe src/caffe/data_transformer.cpp, Transform: CHECK_EQ of height and width.

An error for constant data, NaN, several sizes, and where nine of ten records are copies; a warning
for one constant channel, and from three of ten copies.

Bad::

    every record of train_lmdb is the same grey image

Good::

    records that differ; look at some of them before a long run
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from caffe2torch.config.source import SourceUse
from caffe2torch.graph import wiring
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.signal.inputs import sampled

SEVERITY = "error"
RANK = 32
YIELDS_TO = ("C2T118",)

LOOKED_AT = 48
MANY, SOME = 0.9, 0.3
"""Shares of the sample that are copies of an earlier record."""


def check(c: Context) -> Iterator[Finding]:
    """Yield at most one finding for each source, the gravest."""
    for source in data_layers.once(c):
        stats = source.stats
        if stats is None:
            continue
        problem = next(_problems(source), None)
        problem = problem or next(_sequences(c, source), None)
        if problem is not None:
            what, severity, hint = problem
            yield Finding(
                f"data of {data_layers.names([source])}: {what}",
                source.span_param("source"),
                severity,
                hint,
                about=source.name,
            )


def _problems(source: SourceUse) -> Iterator[tuple[str, str, str]]:
    """What is wrong, how bad it is, and what to do."""
    stats = source.stats
    assert stats is not None
    if not np.isfinite(stats.mean).all():
        yield "holds NaN or infinity", "error", "find the records and leave them out"
    flat = [i for i, s in enumerate(stats.std) if s == 0]
    if flat and len(flat) == stats.channels:
        value = ", ".join(f"{v:g}" for v in stats.low)
        yield f"every pixel is {value}", "error", "check how the data was written"
    elif flat and source.images:
        yield f"channel {flat[0]} is {stats.low[flat[0]]:g} everywhere", "warning", "is it meant?"
    sizes = [shape[1:] for shape in stats.shapes if len(shape) == 3]
    if len(set(sizes)) > 1 and not _one_size(source):
        many = ", ".join(f"{h} x {w}" for h, w in list(dict.fromkeys(sizes))[:3])
        yield f"images of {len(set(sizes))} sizes ({many})", "error", "crop_size, or resize them"
    yield from _copies(source)


def _sequences(c: Context, source: SourceUse) -> Iterator[tuple[str, str, str]]:
    """Markers of a recurrent layer that are 0 at every step: each is a sequence of its own."""
    if source.stats is None or not c.train.built:
        return
    for node in c.train.nodes:
        if node.layer.param_field == "recurrent_param" and len(node.bottoms) > 1:
            marker = wiring.known_as(c.train.graph, node.bottoms[1])
            tops = list(source.layer.top)
            known = source.stats.targets.get(tops.index(marker)) if marker in tops else None
            if known is not None and known.low == known.high == 0:
                what = f'"{marker}" is 0 at every step, so layer "{node.name}" remembers nothing'
                yield what, "warning", "0 at the first step of a sequence, 1 at the others"


def _one_size(source: SourceUse) -> bool:
    transform = source.transform
    resized = getattr(source.param, "new_height", 0) or transform.HasField("resize_param")
    return bool(transform.crop_size or resized or source.batch_size == 1)


def _copies(source: SourceUse) -> Iterator[tuple[str, str, str]]:
    records = [image.tobytes() for image in sampled(source, LOOKED_AT)]
    if len(records) < 8:
        return
    (_, most), copies = Counter(records).most_common(1)[0], len(records) - len(set(records))
    if copies >= SOME * len(records):
        what = f"{copies} of {len(records)} records are exact copies of another ({most} of one)"
        severity = "error" if copies >= MANY * len(records) else "warning"
        yield what, severity, "check how the data was written"
