"""The logits hardly depend on the input when training starts.

What it does: propagates moments through the net at initialisation and looks at the standard
deviation of the logits that the input causes, apart from what the biases make.

Why: the gradient of every layer is proportional to the signals of the layers below and above
it. With independent weights E[y²] = fan_in · Var(w) · E[x²], and a ReLU halves it. Caffe's
xavier has Var(w) = 1/fan_in, so each ReLU layer costs a factor √2: over VGG-16's 15 layers
2^(−15/2) = 1/181. Pixels of 0 to 255 are large enough for that; what is left of pixels scaled
by 1/256 is smaller than the biases. msra (2/fan_in) loses nothing. So neither scale nor xavier is
wrong, only both together in a deep net without normalisation.

Not cures: multiplying base_lr by 255 (the rate is then fatal once the signal is alive; measured:
loss 87.3 at once), dividing the mean by 255 (Caffe subtracts first and scales then; no effect),
`std` inside an xavier filler (Caffe ignores it).

Measured over small nets of many shapes in real Caffe: logit std from the input 0.16 to 1.1
healthy; 0.01 to 0.02 only creeps; below 0.03 it is a warning. Whether a net comes out of 0.005 and
less depends on its depth. Runs of tests/lint/runs.csv (300 iterations at any rate, softmax, sigmoid
and hinge losses, no BatchNorm) that learned: 7 of 52 with 2 to 6 weight layers, 0 of 61 with 7 and
more. So it is an error from 7 layers on; and with fewer where the rate is also fatal once the
signal is alive (C2T301). Regressions and siamese nets come out of it even so, now and then: a
warning. Failed runs of the table, by logit std from the input and weight layers:

    logit std          2 to 6     7 and more
    below 0.0001     20 of 21       43 of 43
    0.0001 to 0.005  25 of 31       18 of 18
    0.005 to 0.03    10 of 14        8 of 10
    0.03 to 0.1      14 of 20         5 of 8
    0.1 and more    94 of 161       40 of 57

The last two lines fail of their rates. Below 0.1 the share is
1 / (1 + exp(2.60 + 0.77 log10(std) − 1.54 ln(layers))): 60 % for 3 layers at 0.02, 90 % for 7
at 0.005.

From 12 layers on it is an error below 0.008: the shrunk VGG-16 of the story stayed at ln 10 at
0.002 (700 steps at base_lr 0.01) and at 0.0054, while 10 narrow layers came out of 0.0023.

Nets of 7 to 11 layers may creep out of it if they run long enough: all updates together make the
signal grow by their sum a step. BVLC's cifar10_full_sigmoid (4 layers, 1e-5; on clothes of 28 × 28
at 0.001) stood at ln 10 for 1500 steps, where that gives 230, and was at a loss of 0.92 after 5200.
So there it is a warning if max_iter is 20 times those steps. Nets that branch come out of it, too:
SqueezeNets were published with the accuracies that they reached from 0.0086 to 0.019, and one for
faces from 0.00097 (26 layers, 18 of them one behind the other). They get an info.

A layer whose tiny weights double within some tens of steps (relative update above 3 %) brings the
signal back by itself: BVLC's cifar10_full starts at 0.0004 and trains. Two layers of std 0.0001
(logit std 2e-7) that move by 0.036 of themselves were at 97 % after 300 steps, by 0.018 at 81 %,
by 0.009 at chance. Then it is an info, unless the rate is fatal once the signal is there: the
same two layers at 0.09 and above end at ln 10 for ever.
Source: Glorot and Bengio 2010; He et al. 2015.

Bad::

    transform_param { scale: 0.00390625 ... }     # and 16 layers with
    weight_filler { type: "xavier" }

Good::

    weight_filler { type: "msra" }

Fix: msra fillers in front of rectifiers (xavier elsewhere); if that does not suffice, the input
scale. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, log

from caffe2torch.errors import Span
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import rate, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.signal import LossSignal, Signal
from caffe2torch.moments.loss import FLOOR

SEVERITY = "error"
CONFIRMED_BY = ("C2T601", "C2T604", "C2T606")
RANK = 40
YIELDS_TO = (
    *("C2T108", "C2T109", "C2T203", "C2T204", "C2T207", "C2T208", "C2T408", "C2T411", "C2T413"),
)

DEAD, FAINT = 0.005, 0.03
DEEP, DEEPER, DEEPER_DEAD = 7, 12, 0.008
"""In so many layers a dead signal was not seen to recover in a short run, and in no run; there not
even a slightly larger one."""
SHALLOW = 8
"""Weight layers up to which a faint signal was seen to recover: AlexNet starts at 0.013."""
BRANCHED = 1.3
"""How many times more weight layers than stand one behind the other a net that branches has."""
BRANCHED_LEAST = 5e-4
"""Logit std from which such nets were seen to come out of it: one for faces started at 0.00097."""
ZERO = 1e-6
MARGIN = 20
"""How many times longer than the steps that the model gives a shallow net may take."""
SOON = 0.1
"""Share of the run that MARGIN times those steps may take: then it is an info."""
GROWS = 0.03
"""Relative update of a step from which tiny weights double within some tens of steps."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the main loss."""
    signal = c.signal
    main = signal.main
    if main is None or not c.from_scratch or main.classes < 2 or main.state.guess:
        return
    std = _std(c, signal, main)
    severity = _severity(c, signal, std)
    if severity:
        yield _finding(c, signal, main, std, severity)


def faint(c: Context) -> str:
    """How grave it is that the input hardly moves the logits; "" where it does."""
    main = c.signal.main
    return _severity(c, c.signal, _std(c, c.signal, main)) if main else ""


def _std(c: Context, signal: Signal, main: LossSignal) -> float:
    """Logit std from the input; with weights in layers that start at zero, which C2T203 judges."""
    zeros = {layer.name: "xavier" for layer in signal.layers if layer.weight_rms < ZERO}
    if not zeros or len(zeros) == len(signal.layers):
        return main.input_std
    other = c.signal_with(fillers=zeros).main
    return other.input_std if other else 0.0


def _severity(c: Context, signal: Signal, std: float) -> str:
    if std >= FAINT or (std >= 0.01 and len(signal.layers) <= SHALLOW):
        return ""
    if std > 0 and _depth(c) < DEEP and grows(c):
        return "info"
    # side losses (GoogLeNet) keep the lower layers alive where the last loss would not
    side = max((loss.input_std for loss in signal.losses), default=0.0)
    if signal.main is None or signal.main.chance is None or signal.main.classes < 2:
        return "warning"  # regressions and pairs came out of it: their losses see small differences
    if len(signal.layers) >= BRANCHED * _depth(c) and std >= BRANCHED_LEAST:
        return "info"
    dead = DEEPER_DEAD if _depth(c) >= DEEPER else DEAD
    if max(std, side) < dead and _stays(c, signal, std):
        return "error"
    return "info" if _soon(c, signal, std) else "warning"


def _stays(c: Context, signal: Signal, std: float) -> bool:
    """Whether it will not come back by itself: too deep a net, too high a rate, too short a run."""
    last = int(c.param.max_iter) if c.is_solver else 0
    deep = _depth(c)
    return deep >= DEEPER or _fatal(c) or (deep >= DEEP and MARGIN * _steps(signal, std) > last)


def _soon(c: Context, signal: Signal, std: float) -> bool:
    """Whether it takes but a small part of the run to come back by itself."""
    last = int(c.param.max_iter) if c.is_solver else 0
    return not _fatal(c) and MARGIN * _steps(signal, std) <= SOON * last


def _depth(c: Context) -> int:
    """Weight layers one behind the other: the branches of a siamese net count once."""
    return wiring.depth(c.train.graph, [layer.node for layer in c.signal.layers])


def _fatal(c: Context) -> bool:
    """Whether the rate is fatal once the signal is alive."""
    assessment = rate.assess(c) if c.is_solver else None
    return assessment is not None and assessment.fatal


def _steps(signal: Signal, std: float) -> float:
    """Steps until updates that all pull one way have brought the signal back."""
    growth = sum(layer.update or 0.0 for layer in signal.layers)
    return log(FAINT / std) / growth if 0 < std < FAINT and growth > 0 else inf


def _comes_back(c: Context, signal: Signal, std: float) -> str:
    if len(signal.layers) >= BRANCHED * _depth(c) and std >= BRANCHED_LEAST:
        return "and stays for long, though nets that branch came out of it"
    if _stays(c, signal, std):
        return "and stays"
    steps = float(f"{_steps(signal, std):.1g}")
    if steps == inf:
        return "and stays"
    return f"and stays for the first {steps:,.0f} iterations or some times that"


def grows(c: Context) -> bool:
    """Whether small weights double at once, at a rate that is not fatal once they have grown."""
    fastest = c.signal.max_update
    return fastest is not None and (fastest.update or 0) >= GROWS and not _too_fast(c)


def _too_fast(c: Context) -> bool:
    """Whether the rate is too high once the signal is alive."""
    assessment = rate.assess(c) if c.is_solver else None
    return assessment is not None and assessment.too_high


def _finding(c: Context, signal: Signal, main: LossSignal, std: float, severity: str) -> Finding:
    # without any signal a layer of zeros is the cause, and has its own rule and fix
    ways = remedy.remedies(c) if std > 0 else []
    cure = remedy.best(c) if std > 0 else None
    hint, *more = [remedy.foretold(c, way) for way in ways] or [
        "no single change suffices; add BatchNorm"
    ]
    return Finding(
        f"the input moves the logits by a std of only {std:.2g}",
        _span(c, signal),
        severity=c.softened(severity),
        hint=hint,
        ways=tuple(more),
        fix=remedy.fix_of(cure) if cure and severity != "info" else None,
        why=(
            f"{_why(c, signal)}: {_loss(main)} "
            f"{_comes_back(c, signal, std)}, and every gradient is as small as the signal. "
            f"{_not_cures(c)}"
        ),
    )


def _loss(main: LossSignal) -> str:
    if main.loss is None or main.chance is None:
        return "the loss starts where a net that ignores its input is"
    return f"the loss starts at {min(main.loss, FLOOR):.2f} (chance {main.chance:.2f})"


def _why(c: Context, signal: Signal) -> str:
    """The interplay of scale and fillers, in the config's own numbers."""
    lossy = [
        layer for layer in signal.layers
        if _filler(layer.node) == "xavier" and _rectified(c, layer.node)
    ]  # fmt: skip
    scales = sorted({source.scale for source in c.train.sources})
    parts = []
    deep = wiring.depth(c.train.graph, [layer.node for layer in lossy])
    if deep >= 3:
        factor = 2 ** (deep / 2)
        parts.append(f"xavier in front of ReLU loses √2 a layer, 1/{factor:.0f} over {deep}")
    if scales and scales[0] < 0.1:
        parts.append(f"scale {scales[0]:g} leaves no large pixels to make up for it")
    over = f"at initialisation, over {len(signal.layers)} weight layers"
    return f"{over} ({'; '.join(parts)})" if parts else over


def _rectified(c: Context, node: Node) -> bool:
    return wiring.rectified(c.train.graph, node)


def _filler(node: Node) -> str:
    param = getattr(node.param, node.layer.param_field, None)
    return param.weight_filler.type if param is not None and hasattr(param, "weight_filler") else ""


def _not_cures(c: Context) -> str:
    if any(source.scale < 0.1 for source in c.train.sources):
        return "Multiplying base_lr by 1/scale, or dividing the mean, does not bring it back"
    return "A higher base_lr does not bring it back"


def _span(c: Context, signal: Signal) -> Span | None:
    for layer in signal.layers:
        if layer.node.index is not None:
            path = f"{layer.node.layer.param_field}.weight_filler"
            return c.train.span(layer.node.index, path)
    return None
