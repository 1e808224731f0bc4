"""What the commands share that train a solver's net for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._kinds import named_weights, of_kind
from caffe2torch.terminal import note

if TYPE_CHECKING:
    import torch


def trial_options(command: Any) -> Any:
    """Give a click command SOLVER, --weights and --device."""
    options = (
        click.argument("solver", type=click.Path(dir_okay=False), callback=of_kind("solver")),
        click.option(
            "--weights", default="", callback=named_weights,
            help="Begin from trained weights (comma separated).",
        ),
        click.option(
            "--device", default="", help="cpu, cuda, cuda:N or auto; default: solver_mode."
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def chosen_device(solver: str, device: str) -> torch.device:
    """The device that --device or the solver names. Raises: SolverError if it is not there."""
    from caffe2torch.format.upgrade import read_solver
    from caffe2torch.train.devices import choose

    return choose(device, read_solver(solver).message, note)
