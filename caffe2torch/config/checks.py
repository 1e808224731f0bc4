"""What is wrong with a solver before it has trained, though Caffe would find out only later.

Source: Caffe src/caffe/solver.cpp, Init, CheckSnapshotWritePermissions
"""

from __future__ import annotations

import os
from pathlib import Path

from caffe2torch.errors import SolverError
from caffe2torch.format.upgrade import Solver

FORKS_FROM = 43
"""Field numbers of SolverParameter from here on are the forks'; Caffe 1.0 ends at 42."""


def check(solver: Solver) -> None:
    """Refuse numbers that cannot be. Raises: SolverError at the field."""
    message = solver.message
    for name in ("average_loss", "iter_size"):
        if getattr(message, name) < 1:
            raise SolverError(
                f"{name} is {getattr(message, name)}",
                span=solver.span(name),
                hint="write 1, or leave it out",
            )


def check_writable(solver: Solver) -> None:
    """Refuse a snapshot_prefix whose folder cannot be written, if a snapshot will be.

    Raises: SolverError at the field.
    """
    message = solver.message
    if not (message.snapshot or message.snapshot_after_train):
        return
    folder = Path(message.snapshot_prefix).parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        what = "cannot be written" if folder.is_dir() else "does not exist"
        raise SolverError(
            f'snapshot_prefix "{message.snapshot_prefix}": the folder {folder} {what}',
            span=solver.span("snapshot_prefix"),
            hint="make the folder, or name another one",
        )


def set_prefix(solver: Solver) -> str:
    """Give snapshot_prefix its value as Caffe does; return the line that Caffe logs, if any.

    A folder that the working directory lacks is taken from beside the solver, if it is there.

    Source: Caffe src/caffe/util/upgrade_proto.cpp, UpgradeSnapshotPrefixProperty
    """
    message = solver.message
    path = Path(solver.file or "solver")
    beside = path.parent / message.snapshot_prefix
    if not Path(message.snapshot_prefix).parent.is_dir() and beside.parent.is_dir():
        message.snapshot_prefix = str(beside)
    if not message.HasField("snapshot_prefix"):
        message.snapshot_prefix = str(path.with_suffix(""))
        return f"snapshot_prefix was not specified and is set to {message.snapshot_prefix}"
    if Path(message.snapshot_prefix).is_dir():
        message.snapshot_prefix = str(Path(message.snapshot_prefix) / path.stem)
        return f"snapshot_prefix was a directory and is replaced to {message.snapshot_prefix}"
    return ""


def without_effect(solver: Solver) -> list[str]:
    """Return a note for each field that is set and cannot matter here."""
    message = solver.message
    notes = []
    if message.HasField("layer_wise_reduce"):
        notes.append("layer_wise_reduce has no effect: gradients are always averaged as they come")
    for field, _ in message.ListFields():
        if field.number >= FORKS_FROM:
            notes.append(f'solver field "{field.name}" is of a fork and has no effect')
    return notes
