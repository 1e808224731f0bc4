"""The biases make more of the logits than the input does.

What it does: compares the part of the logits' second moment that is there when the input is 0
(what the bias fillers alone make) with the part that the input adds.

Why: what the net says first is then the same for every sample, and the first updates fit that
constant. It is harmless where the input's part is of a healthy size (CaffeNet's biases of 1 make 20
times its input's part, and it trains), and hides a dead signal where it is not: the logits look
alive although nothing of them comes from the data.

An info; a warning where the input's part is below 0.1 and 50 times smaller, and the biases' part is
1 or more or the input's as faint as C2T201 warns of; also where the logits are huge (10 and more)
by the biases alone: the cause of what C2T202 would say, and as severe.

Bad::

    bias_filler { type: "constant" value: 10 }

Good::

    bias_filler { type: "constant" value: 0 }

Fix: 0 for each bias above 0.1, where it harms. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from caffe2torch.graph.model import Node
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix
from caffe2torch.lint.rules.c2t201_signal_vanishes import faint
from caffe2torch.lint.rules.c2t202_signal_explodes import HUGE, INPUT_SHARE, fatal
from caffe2torch.lint.signal.numbers import show

SEVERITY = "info"
RANK, INFO_RANK = 55, 99
"""Rank; that of the info, which healthy nets are told, too."""
YIELDS_TO = ("C2T108", "C2T410", "C2T201", "C2T203", "C2T204", "C2T207")

MORE, FAR_MORE, SMALL, NOTICED = 3.0, 50.0, 0.1, 1.0
USUAL = 0.1
"""A bias that many start with."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the main loss."""
    main = c.signal.main
    if main is None or not c.from_scratch or main.classes < 2 or main.state.guess:
        return
    constant = sqrt(max(0.0, main.std**2 - main.input_std**2))
    if constant <= MORE * main.input_std or constant < 0.01:
        return
    swamped = main.std >= HUGE and main.input_std < INPUT_SHARE * main.std
    hidden = main.input_std < SMALL and constant > FAR_MORE * main.input_std
    harmful = swamped or (hidden and (constant >= NOTICED or faint(c) in ("error", "warning")))
    rank = 40 if swamped else None
    node = _largest_bias(c)
    yield Finding(
        f"biases make logits of std {show(constant)}, the input adds {show(main.input_std)}",
        c.train.span(node.index, f"{node.layer.param_field}.bias_filler") if node else None,
        severity=c.softened("error") if swamped and fatal(c) else "warning" if harmful else "info",
        rank=rank if harmful else INFO_RANK,
        hint="bias_filler of 0, or 0.1 at most",
        fix=_fix(c) if harmful else None,
        why="at first the net says the same about every sample",
    )


def _fix(c: Context) -> Fix | None:
    """Biases of 0 in place of all constant ones that are no small start."""
    edits: list[FileEdit] = []
    names = []
    for node in c.train.nodes:
        fillers = [ref.blob.filler for ref in node.params if ref.key == "bias"]
        large = [one for one in fillers if one is not None and abs(one.value) > USUAL]
        if large and node.index is not None and node.layer.param_field:
            path = f"{node.layer.param_field}.bias_filler.value"
            edits += fix.put_layer(c.train.net, node.index, path, "0")
            names.append(node.name)
    return Fix(f"bias_filler of 0 in {naming.counted(names)}", tuple(edits)) if edits else None


def _largest_bias(c: Context) -> Node | None:
    """The layer with the largest constant bias."""
    best: Node | None = None
    largest = 0.0
    for node in c.train.nodes:
        for ref in node.params:
            if ref.key == "bias" and ref.blob.filler is not None:
                value = abs(ref.blob.filler.value)
                if value > largest:
                    best, largest = node, value
    return best
