"""Train a net as `caffe train` does, from the same solver file."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._options import python_layers_option, workers_option
from caffe2torch.terminal import echo

if TYPE_CHECKING:
    from caffe2torch.lint.finding import Finding

GROUP = "train"
UNUSABLE = 2
EFFECT = click.Choice(["stop", "snapshot", "none"])


@click.command()
@click.argument("solver", required=False, default="")
@click.option("--solver", "solver_flag", default="", hidden=True, help="As caffe train has it.")
@click.option("--snapshot", default="", help="Go on from this .solverstate, or `latest`.")
@click.option("--weights", default="", help="Begin from trained weights (comma separated).")
@click.option("--max-iter", type=click.IntRange(0), help="In place of the solver's max_iter.")
@click.option("--device", default="", help="cpu, cuda, cuda:N or auto; default: solver_mode.")
@click.option("--gpus", "--gpu", default="", help="Train on these devices: all, or 0,1,...")
@click.option("--procs", type=click.IntRange(1), default=1, help="Processes on the CPU.")
@click.option("--sync-bn", is_flag=True, help="BatchNorm over all processes together.")
@click.option("--amp", type=click.Choice(["bf16", "fp16"]), help="Automatic mixed precision.")
@click.option("--compile", is_flag=True, help="Let torch.compile make the net.")
@click.option("--tf32", is_flag=True, help="Allow TensorFloat-32 on CUDA devices.")
@click.option("--level", default=0, help="Level of the train net's state.")
@click.option("--stage", default="", help="Stages of the train net's state (comma separated).")
@click.option("--sigint-effect", "--sigint_effect", type=EFFECT, default="stop", show_default=True)
@click.option(
    "--sighup-effect", "--sighup_effect", type=EFFECT, default="snapshot", show_default=True
)
@click.option("--ignore-shape-mismatch", is_flag=True, help="Skip weights that do not fit.")
@click.option("--no-lint", is_flag=True, help="Neither lint nor watch for what it predicts.")
@click.option("--strict", is_flag=True, help="Do not train a config with errors of the lint.")
@click.option(
    "--monitor",
    type=click.Choice(["light", "full", "off"]),
    default="light",
    show_default=True,
    help="Watch the run for what goes wrong.",
)
@click.option("--stop-on", default="", help="Findings that end the run: C2T606,C2T607.")
@click.option("--keep-last", type=click.IntRange(0), default=0, help="Snapshots to keep [all].")
@click.option("--keep-best", default="", help="Keep the best by this test output, too: accuracy.")
@click.option("--run-dir", default="", help="Where log, metrics and curve go [PREFIX_run].")
@click.option("--log", default="", help="Caffe's log lines to this file too; - is stderr.")
@workers_option
@python_layers_option
def command(**flags: Any) -> int:
    """Train the net of SOLVER.

    Writes snapshots that Caffe can go on with, and into the run folder Caffe's own log lines
    (train.log), metrics.csv and curve.png. Ctrl-C finishes the step, writes a snapshot and
    stops; the command to go on is shown.

    What fails on the way (data, a full disk) ends the run with a snapshot and the command to go on;
    a log that cannot be written does not.

    Exit code 0: trained to the end; 1: stopped or failed on the way; 2: nothing to train.
    """
    solver = flags.pop("solver") or flags["solver_flag"]
    flags.pop("solver_flag")
    if not solver:
        raise click.UsageError("name a solver file: c2t train solver.prototxt")
    from caffe2torch.train import launch

    no_lint, strict = flags.pop("no_lint"), flags.pop("strict")
    watch = {"level": flags.pop("monitor"), "stop_on": _codes(flags.pop("stop_on"))}
    errors: list[Finding] = []
    if launch.is_first() and not no_lint:
        errors = _predicted(solver, flags["weights"])
        if errors and strict:
            echo("not trained, because of the errors above and --strict")
            return UNUSABLE
    flags["stages"] = tuple(flags.pop("stage").split(","))
    flags["amp"] = flags["amp"] or ""
    monitors: list[Any] = []

    def listening() -> list[Any]:
        monitors.extend(_monitors(watch, errors, flags, solver))
        return monitors

    more = ("--monitor", watch["level"], "--stop-on", ",".join(watch["stop_on"]))
    live = sys.stdout.isatty()
    code = launch.launch({"solver": solver, **flags}, echo, live, listening, more)
    return code or int(any(monitor.failed for monitor in monitors))


def _predicted(solver: str, weights: str) -> list[Finding]:
    """Show what the lint says; return its errors."""
    from caffe2torch.lint import gate

    errors = gate.show(solver, weights, echo)
    if errors:
        echo("training all the same, watched for what is predicted above; --strict stops here")
    return errors


def _codes(text: str) -> tuple[str, ...]:
    """C2T606 for 606, c2t606 and C2T606."""
    words = [word.strip().upper() for word in text.split(",") if word.strip()]
    return tuple(word if word.startswith("C2T") else f"C2T{word}" for word in words)


def _monitors(
    watch: dict[str, Any], errors: list[Finding], flags: dict[str, Any], solver: str
) -> list[Any]:
    """What watches the run's health: one monitor, or none."""
    if watch["level"] == "off":
        return []
    from caffe2torch.health.monitor import Monitor
    from caffe2torch.lint.rules import find
    from caffe2torch.train.run_folder import folder_of
    from caffe2torch.train.settings import Settings

    settings = Settings(solver=solver, **flags)
    expects: dict[str, str] = {}
    for error in errors:
        for code in find(error.code).confirmed_by:
            expects.setdefault(code, f"{error.code} {error.message}")
    folder = partial(folder_of, settings)
    return [Monitor(echo, folder=folder, expects=expects, **watch)]
