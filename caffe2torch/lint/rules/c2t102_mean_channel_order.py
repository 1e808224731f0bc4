"""The mean is in RGB order, the data in BGR.

What it does: compares the mean of each channel (mean_value, or mean_file) with the data's own; if
the data is not there, with the published means of ImageNet and VGGFace, forwards and backwards.

Why: Caffe decodes with OpenCV, which gives blue, green, red. Tools of other frameworks print means
as red, green, blue. A reversed mean shifts red against blue by some 40 grey levels. A net that
trains from scratch learns around that (measured: shifts below a standard deviation cost nothing,
see C2T103), so it is a warning; pretrained weights expect the shift that they were trained with:
then an error.
Source: Caffe src/caffe/util/io.cpp, DecodeDatumToCVMat; OpenCV's imdecode.

Bad::

    mean_value: 123.68  mean_value: 116.78  mean_value: 103.94

Good::

    mean_value: 103.94  mean_value: 116.78  mean_value: 123.68

Fix: reverses mean_value. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers, fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 24
YIELDS_TO = ("C2T101", "C2T105")

PUBLISHED = (
    (103.939, 116.779, 123.68),
    (104.007, 116.669, 122.679),
    (102.98, 115.947, 122.772),
    (93.594, 104.762, 129.186),
)
"""ImageNet as of VGG, CaffeNet and Fast R-CNN, and VGGFace; blue, green, red."""
CLOSE, CLEAR = 2.5, 8.0
"""Grey levels: equal to a published mean; what must lie between two orders to tell them apart."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all layers whose mean fits better backwards."""
    backward = [s for s in data_layers.images(c) if _reversed(s)]
    if not backward:
        return
    first = backward[0]
    mean = data_layers.mean_of(first)
    stats = first.stats
    fits = stats is not None and _fits_data(mean, stats.mean)
    against = "the data's own" if fits else "a published mean in BGR order"
    measured = f" ({data_layers.says(stats.mean)})" if stats and fits else ""
    edits = [
        edit
        for source in backward
        for i, value in enumerate(reversed(source.transform.mean_value))
        for edit in fix.put_layer(
            source.net, source.index, f"transform_param.mean_value[{i}]", fix.exact(value)
        )
    ]
    yield Finding(
        f"mean {data_layers.says(mean if mean is not None else ())} fits only backwards",
        first.span(data_layers.mean_field(first)),
        severity="error" if c.weights else "warning",
        hint="write blue, green, red",
        fix=Fix("mean_value in BGR order", tuple(dict.fromkeys(edits))) if edits else None,
        why=f"reversed it fits {against}{measured}: it is in RGB order, and Caffe's images are BGR",
    )


def _fits_data(mean: NDArray[np.float64] | None, data: NDArray[np.float64]) -> bool:
    """Whether the data's mean, too, is nearer to the mean written backwards."""
    if mean is None or mean.shape != data.shape:
        return False
    return float(np.abs(mean[::-1] - data).sum()) < float(np.abs(mean - data).sum()) / 2


def _reversed(source: SourceUse) -> bool:
    mean = data_layers.mean_of(source)
    if mean is None or mean.size != 3 or abs(mean[0] - mean[2]) < CLEAR or source.transform.bgr2rgb:
        return False
    stats = source.stats
    if stats is not None:
        if stats.mean.size != 3 or stats.high.max() <= 1.5:
            return False
        ahead, back = (float(np.abs(m - stats.mean).sum()) for m in (mean, mean[::-1]))
        if back < ahead / 2 and ahead - back > CLEAR:
            return True
        # grey-looking data say nothing of the order, and Caffe decodes pictures as BGR
        if source.is_color is None or ahead < back - CLEAR:
            return False
    return any(float(np.abs(mean[::-1] - np.array(m)).max()) <= CLOSE for m in PUBLISHED)
