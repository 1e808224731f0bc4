"""No mean is subtracted, and the net would be better off with one.

What it does: where no mean is subtracted, nothing behind the data centres it (a Power layer with a
shift) and no layer normalises, predicts what a mean would change about the relative update.

Why: the mean of all images is the same for every sample; it says nothing, but makes activations
and gradients larger and all samples look alike: at 115 ± 70 it is three quarters of the input's
second moment. Small nets do not mind. Measured on the digits (LeNet): up to 3 standard
deviations off centre 98.3 to 99.2 %, 5 standard deviations 41 %.

An error where the predicted step is fatal without a mean (C2T301), not with one, and the data are
here; a warning where it is too long, and from 4 standard deviations on; an info from 1.
Source: the signal model; LeCun et al. 1998, Efficient BackProp, section 4.3.

Bad::

    transform_param { mirror: true crop_size: 227 }

Good::

    transform_param { mirror: true crop_size: 227 mean_file: "mean.binaryproto" }

Fix: mean_value with the data's own mean, where the data is there. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from caffe2torch.config.source import SourceUse
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import data_layers, rate
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.moments.state import State

SEVERITY = "info"
RANK = 39

NOTICED, HARMS = 1.0, 4.0


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each uncentred source of the TRAIN net that the signal model minds."""
    if not c.from_scratch or wiring.normalized(c.train.graph):
        return
    for source in c.train.sources:
        if _is_pictures(source) and not _has_mean(source):
            yield from _check(c, source)


def _is_pictures(source: SourceUse) -> bool:
    """Whether it brings images, or maps out of files (HDF5) that nothing transforms."""
    shapes = source.stats.shapes if source.stats is not None else {}
    return source.images or any(len(shape) == 3 and min(shape[1:]) > 1 for shape in shapes)


def _has_mean(source: SourceUse) -> bool:
    return bool(source.transform.mean_value or source.transform.mean_file)


def _check(c: Context, source: SourceUse) -> Iterator[Finding]:
    node = next(n for n in c.train.nodes if n.index == source.index)
    behind = wiring.following(c.train.graph, node)
    if all(any(other.loss_weights) for other in behind):
        return  # maps of labels
    state = c.signal.blobs.get(node.tops[0])
    if state is None or any(_may_centre(other) for other in behind) or state.std <= 0:
        return
    off = abs(state.raw.mean) / state.std
    if off < NOTICED:
        return
    saved = _saved(c, node.tops[0], state)
    shown, std = state.raw.mean / source.scale, state.std / source.scale
    known = "" if source.stats else " (assumed for 8-bit images)"
    yield Finding(
        f"no mean is subtracted: pixels are {off:.2g} standard deviations off centre",
        source.span("transform_param"),
        severity=_severity(c, off, saved),
        hint="mean_file" if source.images else "subtract the mean when the file is written",
        ways=("mean_value for each channel",) if source.images else (),
        why=f"their mean is {shown:.3g}, their std {std:.3g}{known}{saved}",
        fix=_fix(c, source),
        about=source.name,
    )


def _severity(c: Context, off: float, saved: str) -> str:
    """An error only where the rate is fatal without a mean (C2T301)."""
    assessment = rate.assess(c) if saved else None
    if assessment is not None and assessment.fatal:
        return c.softened("error")
    return "warning" if saved or off >= HARMS else "info"


def _may_centre(node: Node) -> bool:
    """Whether a layer behind the data may take their mean away."""
    offset = node.layer.plays(Role.NORMALIZER, Role.AFFINE, Role.SUM)
    return offset or node.layer.side_effects


def _saved(c: Context, top: str, state: State) -> str:
    """What a mean would save the net from, "" if nothing."""
    if not c.is_solver or c.signal.rates.adaptive:
        return ""
    other = c.signal_with(inputs={top: replace(state, mean=0.0)})
    now, then = c.signal.median_update or 0.0, other.median_update or 0.0
    if now < rate.TOO_HIGH or then >= rate.TOO_HIGH:
        return ""
    return f"; a step moves the weights by {now:.2g} of themselves, with a mean by {then:.2g}"


def _fix(c: Context, source: SourceUse) -> Fix | None:
    if source.stats is None or not source.images:
        return None
    value = f"{float(source.stats.mean.mean()):.4g}"
    same = [s for s in data_layers.images(c) if not _has_mean(s)]
    edits = data_layers.put(same, "transform_param.mean_value", value)
    return Fix(f"mean_value: {value}", edits) if edits else None
