"""A large rate from the first iteration on, without the warm-up that it needs.

What it does: looks for SGD or Nesterov with a rate of 0.4 or more and a batch of 1024 or more (all
of iter_size), from scratch, and no warm-up.

Why: the rule "k times the batch, k times the rate" holds once training runs smoothly. In the
first epochs the weights change too fast for it, and the net ends percents worse or diverges. The
cure is to raise the rate over about 5 epochs. Caffe 1.0 has no policy that does; NVIDIA's fork has
rampup_interval, Intel's warmup_iter. In Caffe 1.0: train the first epochs with a tenth of the
rate, then go on from the snapshot with the full one.
Source: Goyal et al. 2017, section 2.2: batch 8192 at rate 3.2, error 24.84 % without warm-up, 23.74
% with.

Bad::

    base_lr: 3.2             # batch_size: 8192, from the first iteration on

Good::

    base_lr: 0.32            # five epochs, then base_lr: 3.2 with --snapshot
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import schedule
from caffe2torch.config.methods import ADAPTIVE
from caffe2torch.lint import rate
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 46
YIELDS_TO = ("C2T301", "C2T314", "C2T307")

LARGE_BATCH, LARGE_RATE = 1024, 0.4
"""Four times the usual batch of 256 and four times the usual rate of 0.1."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for a large rate and batch without a warm-up."""
    p = c.param
    if p.type in ADAPTIVE or not c.from_scratch or p.base_lr < LARGE_RATE or _ramped(c):
        return
    batch = rate.batch_of(c)
    if batch < LARGE_BATCH:
        return
    _, records, _ = schedule.training_set(c)
    some = f"{5 * records // batch:,} iterations (5 epochs)" if records else "the first epochs"
    yield Finding(
        f"base_lr {p.base_lr:g} at a batch of {batch:,} from the first iteration on",
        c.span("base_lr"),
        hint=f"train {some} at base_lr {p.base_lr / 10:.2g}, then go on from the snapshot",
        why="such rates need a warm-up",
    )


def _ramped(c: Context) -> bool:
    """Whether a fork's field raises the rate slowly, or scales it by layer."""
    p = c.param
    return bool(p.rampup_interval or p.warmup_iter or p.larc or p.local_lr_auto)
