"""A solver, as text or binary: its schedule, its nets, its tests and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch.format.top_level import is_solver
from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report

if TYPE_CHECKING:
    from caffe2torch.config.project import Project


def fits(head: Head) -> bool:
    """Fields of a solver, or its message."""
    if not head.is_text:
        return head.message == "SolverParameter"
    return is_solver(head.fields)


def report(head: Head, options: Options) -> Report:
    """Tell what is known without its nets and data, and more where they are there.

    Raises: C2TError if the solver itself cannot be read.
    """
    from caffe2torch.inspect.schedule import Schedule, body, draw

    schedule = Schedule(_project(head))
    data: dict[str, Any] = schedule.data
    lines = [f"{head.path}: solver", *body(schedule, options.width)]
    picture = (lambda path: draw(schedule, path)) if schedule.points() else None
    return Report("solver", head.path, data, lines, picture)


def _project(head: Head) -> Project:
    """The solver with its nets; that it is one was decided by all of its fields."""
    from caffe2torch.config.files import Files, Unavailable
    from caffe2torch.config.project import Project
    from caffe2torch.format.upgrade import read_solver

    files = Files()
    try:
        solver = files.solver(head.path) if head.is_text else read_solver(head.path)
    except Unavailable:
        raise files.failures[0] from None
    return Project(head.path, files, solver=solver)
