"""The mean is in another unit than the pixels.

What it does: compares the range of the stored pixels (0 to 255, or 0 to 1) with the mean file or
the mean_value that is subtracted from them.

Why: Caffe computes (pixel − mean) · scale: the mean is subtracted before the scale is applied, so
it has to be in the unit of the stored pixels whatever the scale is. A mean in [0, 1] (0.485, or a
mean file divided by 255) leaves pixels of 0 to 255 as they are: nothing is centered, and the
first layer sees mostly brightness. A mean of 0 to 255 on pixels in [0, 1] is fatal: what reaches
the net is −mean ± 0.3, the same for every image.
"Divide the mean by 255 because of scale 0.00390625" is popular and wrong.
Source: Caffe src/caffe/data_transformer.cpp, DataTransformer::Transform.

Without the data, databases and image lists are taken for pixels of 0 to 255, which is how Caffe's
tools write them.

Bad::

    transform_param { scale: 0.00390625 mean_value: 0.485 mean_value: 0.456 mean_value: 0.406 }

Good::

    transform_param { scale: 0.00390625 mean_value: 104 mean_value: 117 mean_value: 123 }

Fix: mean_value × 255 or ÷ 255; unsafe, it changes training. A mean file: `c2t rescale-mean`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "warning"
RANK = 22

UNIT = 1.5
"""Pixels up to this are taken for [0, 1]; so are means."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each kind of mismatch, at the first layer that has it."""
    seen = set()
    for source in c.sources:
        mean = _mean(source) if source.images else None
        if mean is None or not mean.any():
            continue
        high = _high(source)
        low_mean, low_data = float(np.abs(mean).max()) <= UNIT, high <= UNIT
        if low_mean != low_data and low_mean not in seen:
            seen.add(low_mean)
            yield _finding(c, source, mean, high, low_mean)


def _mean(source: SourceUse) -> np.ndarray | None:
    if source.transform.mean_value:
        return np.array(source.transform.mean_value, np.float64)
    mean = source.mean
    return None if mean is None else np.asarray(mean, np.float64)


def _high(source: SourceUse) -> float:
    """The largest stored value; 255 where nobody has seen the data."""
    stats = source.stats
    return float(stats.high.max()) if stats is not None else 255.0


def _finding(
    c: Context, source: SourceUse, mean: np.ndarray, high: float, low_mean: bool
) -> Finding:
    field = "mean_value" if source.transform.mean_value else "mean_file"
    what = (
        ", ".join(f"{v:g}" for v in mean) if field == "mean_value" else f"average {mean.mean():.3g}"
    )
    pixels = f"pixels go up to {high:.3g}"
    if low_mean:
        text = f"the mean is in [0, 1] ({what}), but {pixels}"
        why = "next to nothing is subtracted"
        hint = "the mean belongs in the unit of the stored pixels, whatever scale is: Caffe "
        hint += "subtracts first and scales then"
    else:
        text = f"the mean is in 0 to 255 ({what}), but {pixels}"
        why = f"every image becomes −{mean.mean():.0f}"
        hint = "divide the mean by 255"
    if field == "mean_file":
        unit = 255 if low_mean else 1
        hint += f"; c2t rescale-mean {source.transform.mean_file} --to-unit {unit}"
    edits = _edits(c, low_mean) if field == "mean_value" else ()
    return Finding(
        text,
        source.span(f"transform_param.{field}"),
        severity="warning" if low_mean else "error",
        hint=hint,
        fix=Fix("mean_value in the unit of the pixels", edits) if edits else None,
        why=why,
    )


def _edits(c: Context, low_mean: bool) -> tuple[FileEdit, ...]:
    """Every mean_value of the file in the other unit."""
    factor = 255.0 if low_mean else 1 / 255
    edits: list[FileEdit] = []
    for source in c.sources:
        for i, value in enumerate(source.transform.mean_value):
            if value and (abs(value) <= UNIT) == low_mean:
                path = f"transform_param.mean_value[{i}]"
                edits += fix.put_layer(source.net, source.index, path, fix.number(value * factor))
    return tuple(dict.fromkeys(edits))
