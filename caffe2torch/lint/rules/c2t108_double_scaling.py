"""The data is scaled or centred twice: by transform_param and by a layer behind it.

What it does: looks for a Power layer (power 1), or a fixed Scale, directly behind a data layer
whose transform_param has a scale; and for a shift there when a mean is subtracted too.

Why: 1/256 twice leaves pixels of 0 to 0.004: a dead signal in all but normalised nets. The
opposite, × 255 behind 1/255, only undoes it. Usually one of the two was copied from elsewhere.
Source: Caffe src/caffe/data_transformer.cpp, Transform; src/caffe/layers/power_layer.cpp.

An error where the logits are dead or huge because of it and alive without it; else a warning.

Bad::

    transform_param { scale: 0.00390625 }
    layer { type: "Power" bottom: "data" top: "scaled" power_param { scale: 0.00390625 } }

Good::

    transform_param { scale: 0.00390625 }

Fix: removes the scale of transform_param. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.lint.rules.c2t202_signal_explodes import fatal

SEVERITY = "warning"
RANK = 23

SMALL, DEAD, ALIVE = 0.05, 0.005, 0.03
HUGE = 10.0
"""A scale that makes pixels of 0 to 255 small; logit std that is dead, alive, and too much."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each source of the TRAIN net that is scaled again."""
    for source in c.train.sources:
        if not source.images:
            continue
        node = next(n for n in c.train.nodes if n.index == source.index)
        for other in wiring.following(c.train.graph, node):
            again = _factor(other)
            if again is not None:
                yield from _finding(c, source, other, *again)


def _factor(node: Node) -> tuple[float, float] | None:
    """(factor, shift) of a layer that only scales, None for others."""
    if node.type == "Power" and node.param.power_param.power == 1:
        return float(node.param.power_param.scale), float(node.param.power_param.shift)
    fixed = node.type == "Scale" and node.params and all(not ref.lr_mult for ref in node.params)
    if fixed and len(node.bottoms) == 1:
        filler = node.param.scale_param.filler
        return (float(filler.value) if filler.type == "constant" else 1.0), 0.0
    return None


def _finding(
    c: Context, source: SourceUse, node: Node, factor: float, shift: float
) -> Iterator[Finding]:
    scaled = source.scale <= SMALL and 0 < factor <= SMALL
    undone = source.scale <= SMALL and factor >= 1 / SMALL
    has_mean = bool(source.transform.mean_value or source.transform.mean_file)
    centred = has_mean and shift < -1
    if not (scaled or undone or centred):
        return
    what = f"scale {source.scale:g}" if scaled or undone else "a mean"
    then = f"× {factor:g}" if scaled or undone else f"shift {shift:g}"
    high = 255 * source.scale * factor
    range_ = f"pixels of 0 to 255 become 0 to {high:.2g}" if scaled or undone else "centred twice"
    fatal = (
        (centred and _swamped(c))
        or (scaled and _kills(c))
        or (undone and _explodes(c, source.scale / factor))
    )
    same = [s for s in data_layers.images(c) if s.scale == source.scale]
    edits = data_layers.drop_scale(same) if scaled else ()
    field = source.kind.scale_field if scaled or undone else "transform_param"
    yield Finding(
        f'{what} in {field.partition(".")[0]} and {then} in layer "{node.name}" ({node.type})',
        source.span(field),
        severity="error" if fatal else "warning",
        hint="keep one of the two",
        fix=Fix(f"remove {field}", edits) if edits else None,
        about=source.name,
        why=range_,
    )


def _swamped(c: Context) -> bool:
    """Whether the logits are huge, and hardly of what the input says, at a rate fatal for that."""
    main = c.signal.main
    return bool(main and main.std >= HUGE > main.input_std) and fatal(c)


def _explodes(c: Context, scale: float) -> bool:
    """Whether the logits are huge with the scale undone, and not so with one that is not."""
    now, then = c.signal.main, c.signal_with(scale=scale).main
    return bool(now and then and now.std >= HUGE > then.std)


def _kills(c: Context) -> bool:
    """Whether the logits are dead with both scales and alive with one."""
    now, then = c.signal.main, c.signal_with(scale=1.0).main
    return bool(now and then and now.input_std < DEAD and then.input_std > ALIVE)
