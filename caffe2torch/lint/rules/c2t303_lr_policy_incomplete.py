"""The lr_policy lacks a field that it needs.

What it does: compares lr_policy with the fields that its formula reads. `step`, `exp`, `inv`,
`sigmoid` and `multistep` read gamma, `step` and `sigmoid` stepsize, `inv` and `poly` power,
`poly` max_iter, `multistep` stepvalue.

Why: Caffe's defaults are all 0. Without gamma, `step` and `multistep` multiply the rate by 0 at
their first drop, and training ends there without a word; `exp` has rate 0 from iteration 1 on.
Without power, `poly` and `inv` are constant. Without stepsize, with a negative gamma or an unknown
policy, Caffe stops, but only at the first update, after the first test.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, GetLearningRate.

Bad::

    lr_policy: "step"
    stepsize: 10000

Good::

    lr_policy: "step"
    stepsize: 10000
    gamma: 0.1

Fix: a missing gamma becomes 0.1 (0.9999 for exp, as a policy of small steps needs), a missing
power 0.75 for inv and 1 for poly. It changes training, hence it is unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 20
YIELDS_TO = ("C2T508",)

NEEDS = {
    "fixed": (),
    "step": ("gamma", "stepsize"),
    "exp": ("gamma",),
    "inv": ("gamma", "power"),
    "multistep": ("gamma", "stepvalue"),
    "poly": ("power", "max_iter"),
    "sigmoid": ("gamma", "stepsize"),
    "plateau": ("gamma", "plateau_winsize"),
}
USUAL = {"gamma": "0.1", "exp.gamma": "0.9999", "inv.power": "0.75", "poly.power": "1"}
EFFECT = {
    "gamma": "the rate is multiplied by 0 at the first drop: training ends there silently",
    "exp.gamma": "the rate is 0 from iteration 1 on: nothing is learned",
    "inv.gamma": "the rate never falls",
    "sigmoid.gamma": "the rate is base_lr / 2 for ever",
    "power": "the rate never falls",
    "stepsize": "Caffe stops at the first update",
    "stepvalue": "the rate never falls",
    "max_iter": "Caffe divides by it",
}


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each field that is missing, or one for an unknown policy."""
    policy = c.param.lr_policy
    if c.is_open("lr_policy"):
        return
    if policy not in NEEDS:
        what = f'lr_policy "{policy}" is unknown' if policy else "lr_policy is missing"
        hint, why = f"one of {', '.join(NEEDS)}", "Caffe stops at the first update"
        yield Finding(what, c.span("lr_policy"), hint=hint, about="lr_policy", why=why)
        return
    if c.param.gamma < 0 and "gamma" in NEEDS[policy]:
        yield Finding(
            f'lr_policy "{policy}" with gamma {c.param.gamma:g}',
            c.span("gamma"),
            hint="a gamma of 0 to 1",
            about="gamma",
            why="Caffe stops at the first update",
        )
    for name in NEEDS[policy]:
        if not getattr(c.param, name) and not c.is_open(name):
            yield _missing(c, policy, name)


def _missing(c: Context, policy: str, name: str) -> Finding:
    effect = EFFECT.get(f"{policy}.{name}") or EFFECT.get(name, "it is needed")
    fatal = name in ("stepsize", "max_iter") or "silently" in effect or "nothing" in effect
    usual = USUAL.get(f"{policy}.{name}") or USUAL.get(name)
    cure = None
    if usual:
        edits = fix.put_solver(c.solver, name, usual)
        cure = Fix(f"{name}: {usual}", tuple(edits))
    return Finding(
        f'lr_policy "{policy}" without {name}, which is then 0',
        c.span("lr_policy"),
        severity="error" if fatal else "warning",
        hint=f"add {name}: {usual}" if usual else f"add {name}",
        fix=cure,
        about=name,
        why=effect,
    )
