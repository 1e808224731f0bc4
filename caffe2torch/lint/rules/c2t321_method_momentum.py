"""The method has no momentum, or needs one that is not written.

What it does: AdaGrad and RMSProp with a momentum other than 0; Adam and AdaDelta without one.

Why: Caffe refuses AdaGrad and RMSProp with momentum. Adam's β1 and AdaDelta's decay are the field
`momentum`, whose default is 0, not the papers' 0.9 and 0.95: Adam without it has no momentum at
all, and AdaDelta forgets its averages at every step.
Source: Caffe include/caffe/sgd_solvers.hpp; src/caffe/solvers/adam_solver.cpp, adadelta_solver.cpp.

AdaGrad and RMSProp are errors. Adam and AdaDelta are warnings where momentum is missing, infos
where it is written as 0: measured on the digits (600 iterations) it hardly matters: Adam with β1
0.9 98.9 %, with 0 98.6 %; AdaDelta with 0.95 98.6 %, with 0 98.6 %.

Bad::

    type: "RMSProp"  momentum: 0.9

Good::

    type: "RMSProp"  rms_decay: 0.98

Fix: momentum is removed (AdaGrad, RMSProp; safe, since Caffe does not even start), or becomes 0.9
(Adam) or 0.95 (AdaDelta; both unsafe: they change training).
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 18

USUAL = {"Adam": "0.9", "AdaDelta": "0.95"}


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if momentum and type do not go together."""
    kind, momentum = c.param.type, c.param.momentum
    if kind in ("AdaGrad", "RMSProp") and momentum:
        cure = Fix("remove momentum", tuple(fix.drop_solver(c.solver, "momentum")), safe=True)
        what = f"{kind} with momentum {momentum:g}: Caffe stops, the method has none"
        yield Finding(what, c.span("momentum"), hint="remove momentum", fix=cure)
    elif kind in USUAL and not momentum:
        usual = USUAL[kind]
        role = "β1" if kind == "Adam" else "the decay of its averages"
        yield Finding(
            f"{kind} without momentum: {role} is then 0",
            c.span("momentum" if c.param.HasField("momentum") else "type"),
            severity="info" if c.param.HasField("momentum") else "warning",
            hint=f"momentum: {usual}",
            fix=Fix(f"momentum: {usual}", tuple(fix.put_solver(c.solver, "momentum", usual))),
            rank=45,
        )
