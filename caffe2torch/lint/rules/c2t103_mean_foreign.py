"""The mean belongs to other data.

What it does: compares what is subtracted with the data's own mean, a channel at a time, in units of
the data's standard deviation. With pretrained weights their mean is the right one, and nothing is
reported.

Why: what is left after the subtraction is the same for every sample, like a bias on the input. A
net learns around a part of a standard deviation.
Measured on the digits (LeNet, 600 iterations): off by 0 to 2 standard deviations 98.6 to 99.2 %, by
3 98.3 to 98.6 %, by 5 41 %. So it is an info from 0.5, a warning from 2, an error from 5.
Source: Caffe src/caffe/data_transformer.cpp, Transform.

Bad::

    mean_value: 104 mean_value: 117 mean_value: 123      # of ImageNet, on X-ray images of mean 30

Good::

    mean_file: "xray_mean.binaryproto"                   # computed from this database

Fix: mean_value becomes the data's own (from a sample of 256 records). Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers, fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "warning"
RANK = 26
YIELDS_TO = ("C2T101", "C2T102", "C2T105")

NOTICED, HARMS, KILLS = 0.5, 2.0, 5.0
"""Standard deviations of the data."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all layers, at the one that is furthest off."""
    if not c.from_scratch:
        return
    images = data_layers.images(c)
    seen = [s for s in images if s.train] or images  # a test that differs from TRAIN: C2T106
    off = [(distance, s) for s in seen if (distance := _distance(s)) >= NOTICED]
    if not off:
        return
    distance, source = max(off, key=lambda pair: pair[0])
    stats, mean = source.stats, data_layers.mean_of(source)
    if stats is None or mean is None:
        return
    edits = tuple(dict.fromkeys(e for s in images for e in _edits(s, source)))
    yield Finding(
        f"mean {data_layers.says(mean)}, but the data has mean {data_layers.says(stats.mean)}",
        source.span(data_layers.mean_field(source)),
        severity="error" if distance >= KILLS else "warning" if distance >= HARMS else "info",
        hint="compute the mean from this very database",
        fix=Fix("mean_value of this data", edits) if edits else None,
        why=f"the images of {data_layers.names([source])} have std "
        f"{data_layers.says(stats.std)}: the "
        f"mean is off by {distance:.2g} standard deviations",
    )


def _distance(source: SourceUse) -> float:
    """How far the mean is from the data's, in standard deviations; 0 if nobody knows."""
    mean, stats = data_layers.mean_of(source), source.stats
    if mean is None or stats is None or mean.size not in (1, stats.mean.size):
        return 0.0
    spread = np.where(stats.std > 0, stats.std, np.inf)
    return float(np.max(np.abs(mean - stats.mean) / spread))


def _edits(source: SourceUse, like: SourceUse) -> list[FileEdit]:
    """Each mean_value of the layers for one blob set to the mean of one and the same data."""
    values, stats = source.transform.mean_value, like.stats
    if not values or stats is None or source.layer.top[:1] != like.layer.top[:1]:
        return []
    means = stats.mean if len(values) > 1 else [stats.mean.mean()]
    return [
        edit
        for i, value in enumerate(means)
        for edit in fix.put_layer(
            source.net,
            source.index,
            f"transform_param.mean_value[{i}]",
            fix.number(float(value)),
        )
    ]
