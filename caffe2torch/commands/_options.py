"""Options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from caffe2torch.data.skips import ENVIRONMENT as SKIPS
from caffe2torch.data.workers import ENVIRONMENT as WORKERS
from caffe2torch.layers._python import ENVIRONMENT


def python_layers_option(command: Any) -> Any:
    """Give a click command the flag --allow-python-layers.

    It sets an environment variable, which worker processes inherit.
    """

    def allow(_context: click.Context, _param: click.Parameter, on: bool) -> None:
        if on:
            os.environ[ENVIRONMENT] = "1"

    text = "Run the net's Python layers: somebody's code, with your rights."
    option = click.option(
        "--allow-python-layers", is_flag=True, expose_value=False, callback=allow, help=text
    )
    return option(command)


def phase_option(text: str, *more: str, default: str | None = None) -> Callable[[Any], Any]:
    """A click option --phase, which takes small letters, too.

    more: what it may be besides TRAIN and TEST
    """
    phases = click.Choice(["TRAIN", "TEST", *more], case_sensitive=False)
    return click.option("--phase", type=phases, default=default, help=text)


def _stages(_context: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> Any:
    return tuple(stage for part in given for stage in part.split(","))


LEVEL = click.option("--level", type=int, help="Level of the net's state.")
STAGES = click.option(
    "--stage", "stages", multiple=True, metavar="STAGE[,...]", callback=_stages,
    help="Stages of the net's state; may be repeated.",
)  # fmt: skip


def sizes(text: str) -> tuple[int, ...]:
    """Whole numbers above 0 that commas part; () for anything else."""
    words = text.split(",")
    return tuple(map(int, words)) if all(w.isdecimal() and int(w) for w in words) else ()


def caffe_state(flags: dict[str, Any]) -> dict[str, Any]:
    """The level and the stages of LEVEL and STAGES, as `caffe` takes them.

    Of no --stage it makes a stage without a name, which its log shows, too.
    Source: Caffe tools/caffe.cpp, get_stages_from_flags
    """
    return {"level": flags["level"] or 0, "stages": flags["stages"] or ("",)}


def workers_option(command: Any) -> Any:
    """Give a click command the option --workers: threads that make the batches of each layer."""
    text = "Threads that make batches, which do not depend on it [one a processor]."
    return _inherited("--workers", WORKERS, text)(command)


def skip_bad_records_option(command: Any) -> Any:
    """Give a click command --skip-bad-records: how many records a layer may leave out."""
    text = "Records that each layer may leave out, naming each; one more ends it."
    return _inherited("--skip-bad-records", SKIPS, text)(command)


def _inherited(option: str, variable: str, text: str) -> Any:
    """A click option for a count, put into an environment variable that worker processes inherit.

    0, the default, leaves the variable as it is.
    """

    def choose(_context: click.Context, _param: click.Parameter, count: int) -> None:
        if count:
            os.environ[variable] = str(count)

    return click.option(
        option, type=click.IntRange(0), default=0, expose_value=False, callback=choose, help=text
    )


SKIP = click.option(
    "--skip-bad-records", "skip", type=click.IntRange(0), default=0,
    help="Leave out up to so many, naming each.",
)  # fmt: skip
"""For tools that read a database once."""


ENGINES = ("auto", "torch", "onnxruntime", "openvino")
"""Those of `convert.choosing`, which would import torch."""


def engine_option(command: Any) -> Any:
    """Give a click command the option --engine: what computes a net in TEST."""
    text = "What computes: torch, another that is installed, or the fastest, exact to 1e-5."
    option = click.option(
        "--engine", type=click.Choice(ENGINES), default="torch", show_default=True, help=text
    )
    return option(command)
