"""A gaussian or uniform filler whose spread is far from what the layer's fan-in asks for.

What it does: compares the std of each random filler with √(2/fan_in), and asks the signal model
whether a fitting one in just these layers would make a dead or exploding net healthy.

Why: the default std of Caffe's gaussian filler is 1, the default range of uniform is [0, 1]: with
a fan-in of 576 that multiplies the signal by 24 a layer. A std of 0.0001, copied from the first
layer of a net on raw pixels into other layers, divides it by 600.
Source: Caffe src/caffe/proto/caffe.proto, FillerParameter.

Large weights in one layer also make the gradients of the layers below large: where a fitting filler
makes a fatal rate (C2T301) a healthy one, the filler is the cause.

An info where the net is healthy all the same: BVLC's cifar10_quick starts conv1 with std 0.0001
and trains, because such small weights grow within some steps.

Bad::

    weight_filler { type: "gaussian" }                 # std 1

Good::

    weight_filler { type: "gaussian" std: 0.059 }      # √(2 / 576)

Fix: msra or xavier, which compute it. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sqrt

from caffe2torch import fillers
from caffe2torch.fillers.base import fans
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import naming, rate, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.lint.rules.c2t201_signal_vanishes import FAINT, faint
from caffe2torch.lint.rules.c2t202_signal_explodes import HUGE, fatal
from caffe2torch.lint.signal import LossSignal, Signal
from caffe2torch.lint.signal.numbers import show

SEVERITY = "error"
RANK, INFO_RANK = 35, 94
"""Rank; that of the info, which nets that are known to train get, too."""

FAR = 100.0
"""Logit std up to which a signal that was dead counts as brought back by the fillers."""
LOW, HIGH = 0.1, 8.0
"""std ÷ √(2/fan_in) that is taken for meant."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all layers that are off, an error if they kill the signal."""
    main = c.signal.main
    if not c.from_scratch or main is None or main.state.guess:
        return
    # in a net that explodes the small ones are no fault, and fitting them would hide the cure
    least = 0.0 if main.std > HUGE else LOW
    off = [
        (node, ratio)
        for node in remedy.fillable(c)
        if (ratio := _ratio(node)) and not least <= ratio <= HIGH
    ]
    if not off:
        return
    wanted = {node.name: remedy.fitting_filler(c, node) for node, _ in off}
    fitted = c.signal_with(fillers=wanted)
    after = fitted.main
    sick = main.input_std < FAINT or main.std > HUGE
    cured = after is not None and (after.std <= HUGE if main.std > HUGE else _revives(after))
    severity = _severity(c, main.std) if sick and cured else "info"
    if main.std <= HUGE and (main.classes < 2 or main.chance is None or c.tuning_hints):
        severity = "info"  # regressions come out of it: their loss sees small differences
    if main.std <= HUGE and all(wiring.is_last(c.train.graph, node) for node, _ in off):
        severity = "info"  # a last layer may start small: VGG's has 0.01, others 0.001
    large = any(ratio > HIGH for _, ratio in off)
    if large and severity == "info":
        severity = _of_rate(c, fitted)
    if sick or large or not wiring.normalized(c.train.graph):
        yield _finding(c, off, wanted, severity, after.input_std if after else 0.0)


def _revives(after: LossSignal) -> bool:
    """Whether the signal passes; that the input then wants a scale is another matter."""
    return FAINT <= after.input_std <= FAR


def _severity(c: Context, std: float) -> str:
    """As grave as the signal that is too large, or too small (C2T201)."""
    if std > HUGE:
        return "error" if fatal(c) else "warning"
    return faint(c) or "info"


def _of_rate(c: Context, fitted: Signal) -> str:
    """How grave it is that weights too large make the gradients, and so the steps, too large."""
    assessment = rate.assess(c) if c.is_solver and not c.signal.rates.adaptive else None
    other = rate.judge(c, fitted) if assessment is not None and assessment.too_high else None
    if assessment is None or other is None or other.too_high:
        return "info"
    return "error" if assessment.fatal else "warning"


def _ratio(node: Node) -> float:
    """Gain of the weights ÷ that of msra; 0 for fillers that compute it, and for constants.

    A mean adds up over the fan-in, as far as inputs are alike: rectified ones to 1/π.
    """
    blob = node.params[0].blob
    if blob.filler is None or blob.filler.type not in ("gaussian", "uniform"):
        return 0.0
    spread = fillers.find(blob.filler.type).spread(blob.filler, blob.shape)
    fan_in = fans(blob.shape)[0]
    return sqrt((spread.var + spread.mean**2 * max(1.0, fan_in / pi)) * fan_in / 2)


def _finding(
    c: Context, off: list[tuple[Node, float]], wanted: dict[str, str], severity: str, after: float
) -> Finding:
    node, ratio = max(off, key=lambda pair: max(pair[1], 1 / pair[1]))
    filler = node.params[0].blob.filler
    assert filler is not None
    fan_in = fans(node.params[0].shape)[0]
    times = f"{show(ratio)} times too large" if ratio > 1 else f"{show(1 / ratio)} times too small"
    std = f"std {filler.std:g}" + ("" if filler.HasField("std") else ", Caffe's default")
    what = std if filler.type == "gaussian" else f"range {filler.min:g} to {filler.max:g}"
    more = f" (and {len(off) - 1} more)" if len(off) > 1 else ""
    main = c.signal.main
    now = f"logit std is {show(main.std)}, and {show(after)} with fillers that fit" if main else ""
    edits = remedy.filler_edits(c, wanted)
    return Finding(
        f'the weights of layer "{node.name}"{more} are {times}',
        c.train.span(node.index, f"{node.layer.param_field}.weight_filler"),
        severity=c.softened(severity),
        hint=f'weight_filler {{ type: "{wanted[node.name]}" }}',
        fix=Fix(f"fitting fillers in {naming.counted(off)}", edits)
        if severity != "info" and after <= HUGE
        else None,
        about="" if severity != "info" else node.name,
        rank=INFO_RANK if severity == "info" else None,
        why=(
            f"{filler.type} filler with {what} for a fan-in of "
            f"{fan_in:.0f}, where √(2/fan_in) = {sqrt(2 / fan_in):.2g} keeps the signal; {now}"
        ),
    )
