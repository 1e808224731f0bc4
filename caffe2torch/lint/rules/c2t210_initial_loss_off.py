"""The loss starts far above what guessing gives.

What it does: compares the expected loss at iteration 0 with that of a net that ignores its input
(ln C for C classes).

Why: a first loss well above chance means that the net starts certain of wrong answers: the
first updates only take them back. It is the cheapest thing to check in a log, too: if the first
line does not say about ln C, something is wrong in front of training.

A warning from twice chance and 3 more on, an info for losses other than softmax and where the size
of the input is only assumed. Larger logits are C2T202.

Bad::

    weight_filler { type: "gaussian" std: 0.2 }     # in the last layer, fan-in 1024: loss 9.6

Good::

    weight_filler { type: "gaussian" std: 0.01 }
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose, log

from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.signal import LossSignal
from caffe2torch.lint.signal.numbers import show

SEVERITY = "warning"
RANK = 52
YIELDS_TO = ("C2T209", "C2T410", "C2T202", "C2T207", "C2T204")


def _at(loss: float) -> str:
    text = show(loss)
    return text if text.startswith("over") else f"at about {text}"


def _is_softmax(main: LossSignal) -> bool:
    return main.chance is not None and isclose(main.chance, log(main.classes), rel_tol=1e-6)


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the main loss."""
    main = c.signal.main
    if main is None or not c.from_scratch or main.loss is None or not main.chance:
        return
    if main.state.guess or main.classes < 2:
        return
    softmax = _is_softmax(main)
    if main.loss > 2 * main.chance and main.loss > main.chance + 3:
        yield Finding(
            f"the loss starts {_at(main.loss)}; guessing gives {main.chance:.2f}",
            c.train.span(main.node.index),
            hint="a lower std in the last layer's weight_filler",
            ways=("xavier there",),
            severity="warning" if softmax and c.softened("error") == "error" else "info",
            why=f"the logits have std {show(main.std)}"
            + (f"; equal ones give ln {main.classes}" if softmax else ""),
        )
