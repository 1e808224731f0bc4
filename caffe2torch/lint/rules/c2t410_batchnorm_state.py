"""BatchNorm uses the wrong statistics for its phase, or a solver is to train them.

What it does: looks at each BatchNorm for use_global_stats: true in a TRAIN net that starts from
scratch, use_global_stats: false in a TEST net, lr_mult on its statistics, and a moving_average_
fraction outside (0, 1].

Why: the stored statistics of a new net are 0, which Caffe divides by a factor of 0 taken as 0: mean
0 and variance 0, so each such layer multiplies by 1/sqrt(eps) = 316, and nothing ever updates them.
Measured in real Caffe: fatal at once. In TEST, batch statistics make each prediction depend on the
other samples of its batch: a warning where a test is asked for, else an info. lr_mult on them is
refused when the net is made, unless there are three param { }: these today's Caffe sets to 0 as it
reads the file, and an older one trains (a warning).
With pretrained weights, use_global_stats: true in TRAIN is the usual way to fine-tune: no finding,
and an info where most convolutions have no filler, so that weights are surely meant to come; a
warning where something else hints at it (a comment, frozen layers, a last layer that learns ten
times as fast, a caffemodel in the folder); a net without its solver gets an info, as nobody knows
what it starts from.
Source: Caffe src/caffe/layers/batch_norm_layer.cpp, LayerSetUp and Forward_cpu.

Bad::

    batch_norm_param { use_global_stats: true }     # in TRAIN, from scratch

Good::

    batch_norm_param { }                            # TRAIN: the batch's; TEST: the stored ones

Fix: removes use_global_stats, or sets lr_mult to 0. Unsafe where it changes training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format.text import Block
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 22

Layers = list[tuple[int, pb.LayerParameter]]
GLOBAL = "batch_norm_param.use_global_stats"
FRACTION = "batch_norm_param.moving_average_fraction"


def check(c: Context) -> Iterator[Finding]:
    """Yield at most one finding of each kind."""
    for use in c.uses[:1]:
        yield from _trained_statistics(use)
        yield from _written_rates(use)
    yield from _frozen(c)
    yield from _fraction(c)
    for test in c.tests if c.train.layers else []:
        yield from _batch_in_test(c, test)


def _norms(use: NetUse, wanted: Callable[[pb.LayerParameter], bool]) -> Layers:
    return [(i, p) for i, p in use.layers if p.type == "BatchNorm" and _bvlc(p) and wanted(p)]


def _bvlc(layer: pb.LayerParameter) -> bool:
    """Whether it is not a fork's layer with scale and bias inside."""
    param = layer.batch_norm_param
    names = ("use_weight_bias", "bias_term", "filler", "scale_filler", "bias_filler")
    return not param.scale_bias and not any(param.HasField(name) for name in names)


def _names(norms: Layers) -> str:
    return naming.layers([layer.name for _, layer in norms])


def _trained_statistics(use: NetUse) -> Iterator[Finding]:
    norms = _norms(use, lambda p: any(spec.lr_mult for spec in p.param))
    if not norms:
        return
    index, layer = norms[0]
    bad = next(i for i, spec in enumerate(layer.param) if spec.lr_mult)
    edits = tuple(
        edit for index, layer in norms for i, spec in enumerate(layer.param) if spec.lr_mult
        for edit in fix.put_layer(use.net, index, f"param[{i}].lr_mult", "0")
    )  # fmt: skip
    yield Finding(
        f"{_names(norms)}: lr_mult {layer.param[bad].lr_mult:g} on BatchNorm's statistics",
        use.span(index, "param.lr_mult"),
        hint="param { lr_mult: 0 } three times, or no param at all",
        fix=Fix(f"lr_mult: 0 in {naming.counted(norms)}", edits, safe=True) if edits else None,
        why="they are measured, not trained; Caffe refuses it",
    )


def _written_rates(use: NetUse) -> Iterator[Finding]:
    """lr_mult in the text of layers that the upgrade has frozen."""
    norms = [(i, p) for i, p in _norms(use, lambda p: len(p.param) == 3) if _written(use, i)]
    if norms:
        yield Finding(
            f"{_names(norms)}: lr_mult {_written(use, norms[0][0])} on BatchNorm's statistics",
            use.span(norms[0][0], "param.lr_mult"),
            severity="warning",
            hint="param { lr_mult: 0 } three times, or no param at all",
            why="they are measured, not trained: today's Caffe takes it for 0, older ones "
            "train them",
        )


def _written(use: NetUse, index: int) -> str:
    """The first lr_mult other than 0 that the file gives a layer, "" if there is none."""
    origin = use.net.origins[index] if use.net.origins else None
    blocks = [spec.value for spec in origin.all("param")] if origin is not None else []
    rates = [block.find("lr_mult") for block in blocks if isinstance(block, Block)]
    texts = [str(getattr(field.value, "raw", "")) for field in rates if field is not None]
    return next((text for text in texts if text.strip("0.")), "")


def _frozen(c: Context) -> Iterator[Finding]:
    if c.weights:
        return
    norms = _norms(c.train, lambda p: p.batch_norm_param.use_global_stats)
    if not norms or not (c.is_solver or c.train.graph.loss_weights):
        return
    eps = norms[0][1].batch_norm_param.eps
    edits = tuple(e for i, _ in norms for e in fix.drop_layer_field(c.train.net, i, GLOBAL))
    tuning, hints = c.awaits_weights, c.tuning_hints
    soft = tuning or bool(hints)
    yield Finding(
        f"{_names(norms)}: use_global_stats: true in TRAIN, from scratch",
        c.train.span(norms[0][0], GLOBAL),
        severity="info" if tuning or not c.is_solver else "warning" if hints else "error",
        hint="start from pretrained --weights, and give them to c2t lint, too"
        if soft
        else "remove use_global_stats: Caffe sets it by the phase",
        ways=() if soft else ("give pretrained --weights",),
        fix=Fix("statistics by phase", edits) if edits else None,
        why=(
            f"{_fine_with(hints)}the stored mean and "
            f"variance are 0 and stay so, and each layer multiplies by 1/sqrt({eps:g}) = "
            f"{eps**-0.5:.0f}"
        ),
    )


def _fine_with(hints: list[str]) -> str:
    return f"with pretrained weights it is fine, and {hints[0]}; without, " if hints else ""


def _fraction(c: Context) -> Iterator[Finding]:
    norms = _norms(c.train, lambda p: not 0 < p.batch_norm_param.moving_average_fraction <= 1)
    if norms:
        value = norms[0][1].batch_norm_param.moving_average_fraction
        edits = tuple(e for i, _ in norms for e in fix.put_layer(c.train.net, i, FRACTION, "0.999"))
        yield Finding(
            f"{_names(norms)}: moving_average_fraction {value:g}",
            c.train.span(norms[0][0], FRACTION),
            severity="warning" if value == 0 else "error",
            hint="0.9 to 0.999",
            fix=Fix("moving_average_fraction: 0.999", edits, safe=True) if edits else None,
            why=(
                "the TEST statistics "
                + ("are those of the last batch alone" if value == 0 else "grow without end")
            ),
        )


def _is_tested(c: Context, test: NetUse) -> bool:
    """Whether anybody asks for a test: a net for training alone may use its batches all along."""
    if c.is_solver:
        return bool(c.param.test_iter)
    return any(rule.phase == pb.TEST for _, layer in test.layers for rule in layer.include)


def _batch_in_test(c: Context, test: NetUse) -> Iterator[Finding]:
    norms = _norms(
        test,
        lambda p: (
            p.batch_norm_param.HasField("use_global_stats")
            and not p.batch_norm_param.use_global_stats
        ),
    )
    if not norms or test.index:
        return
    edits = tuple(e for i, _ in norms for e in fix.drop_layer_field(test.net, i, GLOBAL))
    yield Finding(
        f"{_names(norms)}: use_global_stats: false in TEST",
        test.span(norms[0][0], GLOBAL),
        severity="warning" if _is_tested(c, test) else "info",
        hint="remove use_global_stats: Caffe sets it by the phase",
        fix=Fix("statistics by phase", edits, safe=True) if edits else None,
        why="each prediction depends on the rest of its batch",
    )
