"""The learning rate is practically 0 for much of the run.

What it does: computes when the rate falls below a millionth of base_lr, and how much of max_iter
is left then.

Why: weights that move by a millionth of what a healthy step is do not move. The rest of the run
costs as much as the part that trains. Usually stepsize was copied from a run with larger batches,
and counts iterations, not epochs.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, GetLearningRate.

A warning if half of the run is lost; an error if the rate is gone before the net has seen half
of its training set, or before iteration 200 where its size is unknown.
Measured on the digits (600 iterations, test accuracy): `exp` with gamma 0.9 (gone after 132) 81 %,
0.99 98.3 %, 0.999 99.4 %; `step` with gamma 0.1 and stepsize 10 65 %, 50 96.4 %, 200 98.9 %.

Bad::

    lr_policy: "step"  gamma: 0.1  stepsize: 100000  max_iter: 18900000

Good::

    lr_policy: "step"  gamma: 0.1  stepsize: 6300000  max_iter: 18900000

Fix: `step` drops three times over the run, `exp` ends at a thousandth. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import schedule
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 43
YIELDS_TO = ("C2T303",)

NOTHING = 1.001e-6
LOST = 0.5
AT_ONCE = 200


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if the rate is gone long before max_iter."""
    rate, end = schedule.rate_of(c), c.param.max_iter
    if rate is None or c.param.base_lr <= 0 or c.param.gamma < 0:
        return
    gone = schedule.first_below(rate, NOTHING * c.param.base_lr, end)
    if gone is None or 1 - gone / end < LOST:
        return
    seen = schedule.epochs(c, gone)
    early = gone < AT_ONCE if seen is None else seen < 0.5
    after = f" (after {seen:.2g} epochs)" if seen is not None else ""
    cure = _fix(c, end)
    yield Finding(
        f"the rate is practically 0 from iteration {gone:,} of {end:,} on",
        c.span(_field(c)),
        severity="error" if early else "warning",
        hint=cure.title if cure else "stretch the decay over the run, or end the run earlier",
        fix=cure,
        about="lr_policy",
        why=f"there{after} it is below {NOTHING * c.param.base_lr:.1g}, a millionth of base_lr: "
        f"{1 - gone / end:.0%} of the run change nothing",
    )


def _field(c: Context) -> str:
    fields = {"step": "stepsize", "multistep": "stepvalue", "poly": "power"}
    return fields.get(c.param.lr_policy, "gamma")


def _fix(c: Context, end: int) -> Fix | None:
    if c.param.lr_policy == "step" and c.param.gamma <= 0.5:
        name, value = "stepsize", str(max(1, end // 3))
    elif c.param.lr_policy == "exp":
        name, value = "gamma", f"{0.001 ** (1 / end):.8g}"
    else:
        return None
    return Fix(f"{name}: {value}", tuple(fix.put_solver(c.solver, name, value)))
