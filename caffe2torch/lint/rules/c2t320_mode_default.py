"""No solver_mode: Caffe's command line then trains on the CPU.

What it does: looks whether solver_mode is written.

Why: the schema's default is GPU, but `caffe train` asks whether the field is there, and takes the
CPU if it is not and no --gpu is given. Many a slow run had no other reason. caffe2torch does the
same, and says so where there is a GPU. Always an info.
Source: Caffe tools/caffe.cpp, train.

Bad::

    base_lr: 0.01
    max_iter: 450000

Good::

    base_lr: 0.01
    max_iter: 450000
    solver_mode: GPU

Fix: solver_mode: GPU. Unsafe: the run moves to another device.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "info"
RANK = 89


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if the field is not written."""
    if c.param.HasField("solver_mode"):
        return
    cure = Fix("solver_mode: GPU", tuple(fix.put_solver(c.solver, "solver_mode", "GPU")))
    yield Finding(
        "no solver_mode: without --gpu Caffe trains on the CPU",
        c.span("solver_mode"),
        hint="solver_mode: GPU (or CPU, to say that it is meant)",
        fix=cure,
    )
