"""transform_param.scale leaves the data in no usual range.

What it does: multiplies the range of the stored values (0 to 255 for images that are not there) by
scale. Usual results reach from 0.05 to 300.

Why: scale multiplies. 255 was meant to be 1/255, and makes pixels of 65,025; 1/255 on data that is
stored as 0 to 1 leaves 0.004; 0 leaves nothing, and a negative one turns white into black. Weights
would have to undo it, but fillers do not know.
Source: Caffe src/caffe/data_transformer.cpp, Transform.

Measured on the digits (a LeNet made for 1/64): 255 NaN, 4 and 1 chance (8.9 %), 0.00006 40.3 %,
−1/64 98.6 %. An error from 10,000 up and at 0, and where the signal model finds dead logits that
1/256 would revive; an info for negative ones; else a warning.

Bad::

    transform_param { scale: 255 }

Good::

    transform_param { scale: 0.00392157 }

Fix: 1/255 for 255 and the like, no scale where the data is in [0, 1]. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.files import Unavailable
from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 22

LEAST, MOST, HUGE = 0.05, 300.0, 10_000.0
DEAD = 0.005


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each scale that is off, for all layers that have it."""
    groups: dict[float, list[SourceUse]] = {}
    for source in data_layers.images(c):
        if source.is_scaled:
            groups.setdefault(source.scale, []).append(source)
    for scale, sources in groups.items():
        high = max(_high(source) for source in sources)
        reach = high * abs(scale)
        if scale <= 0 or not LEAST <= reach <= max(MOST, high):
            yield _finding(c, scale, high, sources)


def _high(source: SourceUse) -> float:
    """The largest stored value, and 255 where nobody has seen the data."""
    stats = source.stats
    return float(max(abs(stats.high).max(), abs(stats.low).max())) if stats else 255.0


def _finding(c: Context, scale: float, high: float, sources: list[SourceUse]) -> Finding:
    first, reach = sources[0], high * scale
    known = "" if first.stats else " (assumed)"
    if scale == 0:
        effect = "everything becomes 0"
    elif scale < 0:
        effect = "light and dark change places"
    else:
        effect = f"values of up to {high:g}{known} become up to {reach:,.4g}"
    cure = _cure(scale, high, sources)
    return Finding(
        f"scale {scale:g} in {data_layers.names(sources)}",
        first.span(first.kind.scale_field),
        severity=_severity(c, scale, reach),
        hint=f"{cure.title}; scale multiplies" if cure else "remove it, or 0.00390625 for 1/256",
        fix=cure,
        about=first.name,
        why=effect,
    )


def _severity(c: Context, scale: float, reach: float) -> str:
    if scale == 0 or abs(reach) >= HUGE or _dead(c, scale, reach):
        return "error"
    return "info" if scale < 0 and LEAST <= -reach <= MOST else "warning"


def _cure(scale: float, high: float, sources: list[SourceUse]) -> Fix | None:
    if high <= 1.5:
        return Fix("no scale", data_layers.drop_scale(sources))
    if 1 / 300 <= abs(1 / scale if scale else 0) <= 1 / 100:
        value = f"{1 / abs(scale):.6g}"
        return Fix(f"scale: {value}", data_layers.put_scale(sources, value))
    if scale <= 0 or high * scale < LEAST:
        value = f"{1 / 256:.8g}"
        return Fix(f"scale: {value}", data_layers.put_scale(sources, value))
    return None


def _dead(c: Context, scale: float, reach: float) -> bool:
    """Whether so small a scale kills the logits, and values of up to 1 would not."""
    if not 0 < reach < LEAST:
        return False
    try:
        now, then = c.signal.main, c.signal_with(scale=scale / reach).main
    except Unavailable:
        return False
    return bool(now and then and now.input_std < DEAD < then.input_std)
