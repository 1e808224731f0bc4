"""The folder that snapshots are to be written to does not exist.

What it does: looks whether the folder of snapshot_prefix is there and can be written to, if the run
writes a snapshot.

Why: Caffe tries it before training and stops; `c2t train` does the same. With snapshot 0 Caffe
finds out when it has trained, and the weights are lost. Where the data of the
config are not here either, this is another machine, and it is an info only.
Source: Caffe src/caffe/solver.cpp, CheckSnapshotWritePermissions.

Bad::

    snapshot_prefix: "models/"       # and there is no folder models

Good::

    snapshot_prefix: "models/"       # after mkdir models
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import checks
from caffe2torch.data.paths import locate
from caffe2torch.errors import SolverError
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "error"
RANK, ELSEWHERE = 16, 96


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the solver."""
    if c.param.max_iter < 1:
        return
    try:
        checks.check_writable(c.solver)
    except SolverError as error:
        if locate(c.param.snapshot_prefix, c.base) is not None:
            return
        named = [s for s in c.train.sources if s.source]  # a program's data may be anywhere
        here = bool(named) and all(locate(s.source, s.base) is not None for s in named)
        yield Finding(
            error.message,
            error.span,
            severity="error" if here else "info",
            hint=error.hint or "",
            rank=RANK if here else ELSEWHERE,
            about="snapshot_prefix",
            why="Caffe stops before the first iteration"
            if c.param.snapshot
            else "Caffe trains to the end, and then stops without a snapshot",
        )
