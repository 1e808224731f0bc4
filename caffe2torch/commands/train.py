"""Train a net as `caffe train` does, from the same solver file."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._gflags import GflagsCommand
from caffe2torch.commands._kinds import a_state, named_weights, of_kind
from caffe2torch.commands._options import (
    LEVEL,
    STAGES,
    caffe_state,
    python_layers_option,
    skip_bad_records_option,
    workers_option,
)
from caffe2torch.terminal import echo

if TYPE_CHECKING:
    from caffe2torch.lint.finding import Finding
    from caffe2torch.lint.gate import Outlook

GROUP = "train"
EXAMPLE = "c2t train solver.prototxt"
UNUSABLE = 2
EFFECT = click.Choice(["stop", "snapshot", "none"])


@click.command(cls=GflagsCommand)
@click.argument("solver", required=False, default="", callback=of_kind("solver"))
@click.option("--solver", "solver_flag", default="", hidden=True, callback=of_kind("solver"))
@click.option(
    "--snapshot", default="", callback=a_state,
    help="Go on from this .solverstate, or `latest`.",
)  # fmt: skip
@click.option(
    "--weights", default="", callback=named_weights,
    help="Begin from trained weights (comma separated).",
)  # fmt: skip
@click.option("--max-iter", type=click.IntRange(0), help="In place of the solver's max_iter.")
@click.option("--device", default="", help="cpu, cuda, cuda:N or auto; default: solver_mode.")
@click.option("--gpus", "--gpu", default="", help="Train on these devices: all, or 0,1,...")
@click.option("--procs", type=click.IntRange(1), default=1, help="Processes on the CPU.")
@click.option("--sync-bn", is_flag=True, help="BatchNorm over all processes together.")
@click.option("--amp", type=click.Choice(["bf16", "fp16"]), help="Automatic mixed precision.")
@click.option("--compile", is_flag=True, help="Let torch.compile make the net.")
@click.option(
    "--layout", type=click.Choice(["auto", "nchw", "nhwc"]), default="auto", show_default=True,
    help="How blobs lie in memory; auto tries which is faster.",
)  # fmt: skip
@click.option("--tf32", is_flag=True, help="Allow TensorFloat-32 on CUDA devices.")
@LEVEL
@STAGES
@click.option(
    "--sigint-effect",
    "--sigint_effect",
    type=EFFECT,
    default="stop",
    show_default=True,
    help="What Ctrl-C does.",
)
@click.option(
    "--sighup-effect", "--sighup_effect", type=EFFECT, default="snapshot", show_default=True,
    help="What the end of the terminal does.",
)  # fmt: skip
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
@click.option(
    "--ema",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    help="Decay of a moving average of the weights, tested beside them [none].",
)
@click.option("--no-ema-warmup", is_flag=True, help="Let that decay be the same from the start.")
@click.option("--warmup-iters", type=click.IntRange(0), default=0, help="Let the rate rise first.")
@click.option("--lr-policy", type=click.Choice(["cosine"]), help="In place of the solver's.")
@click.option(
    "--label-smoothing",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Share of the label that all classes get alike.",
)
@click.option("--shuffle", is_flag=True, help="Mix the records, as many as fit 256 MB.")
@click.option("--augment", default="", help="gentle, aggressive, or rotate=10,pad=4, ...")
@click.option("--tensorboard", is_flag=True, help="Event files in the run folder, too.")
@click.option("--keep-last", type=click.IntRange(0), default=0, help="Snapshots to keep [all].")
@click.option("--keep-best", default="", help="Keep the best by this test output, too: accuracy.")
@click.option("--run-dir", default="", help="Where log, metrics and curve go [PREFIX_run].")
@click.option("--force", is_flag=True, help="Replace files of other kinds, too.")
@click.option("--allow-outside", is_flag=True, help="Write where the files lead, outside, too.")
@click.option("--log", default="", help="Caffe's log lines to this file too; - is stderr.")
@workers_option
@skip_bad_records_option
@python_layers_option
def command(**flags: Any) -> int:
    """Train the net of SOLVER.

    Writes snapshots that Caffe can go on with, and into the run folder Caffe's own log lines
    (train.log), metrics.csv and curve.png. Ctrl-C finishes the step, writes a snapshot and
    stops; the command to go on is shown.

    Snapshots and files of HDF5Output are written below the working directory, the solver's folder
    and --run-dir, in place of files of their kind only; --allow-outside and --force lift that.

    What fails on the way (data, a full disk) ends the run with a snapshot and the command to go on;
    a log that cannot be written does not.

    Exit code 0: trained to the end; 1: stopped or failed on the way; 2: nothing to train.
    """
    solver = flags.pop("solver") or flags["solver_flag"]
    flags.pop("solver_flag")
    if not solver:
        raise click.UsageError("name a solver file: c2t train solver.prototxt")
    from caffe2torch.train import launch

    outlook = None
    if launch.is_first() and not flags["no_lint"]:
        outlook = _predicted(solver, flags["weights"], flags["ignore_shape_mismatch"])
        if outlook.errors and flags["strict"]:
            echo("not trained, because of the errors above and --strict")
            return UNUSABLE
        if outlook.errors:
            echo("training all the same, watched for what is predicted above; --strict stops here")
    flags |= caffe_state(flags)
    for name in ("amp", "lr_policy"):
        flags[name] = flags[name] or ""
    flags["stop_on"] = ",".join(_codes(flags["stop_on"]))
    monitors: list[Any] = []

    def listening() -> list[Any]:
        monitors.extend(_monitors(outlook.errors if outlook else [], flags, solver))
        return [*monitors, *_notes(outlook, flags, solver), *_event_files(flags, solver)]

    live = sys.stdout.isatty()
    code = launch.launch({"solver": solver, **flags}, echo, live, listening)
    return code or int(any(monitor.failed for monitor in monitors))


def _predicted(solver: str, weights: str, skips_unfit: bool) -> Outlook:
    """Show what the lint says."""
    from caffe2torch.lint import gate

    outlook = gate.look(solver, weights, skips_unfit)
    if outlook.text:
        echo(outlook.text)
    return outlook


def _notes(outlook: Outlook | None, flags: dict[str, Any], solver: str) -> list[Any]:
    """What keeps the lint's words beside the run, where there was a lint."""
    if outlook is None:
        return []
    from caffe2torch.train.about import LintNotes
    from caffe2torch.train.run_folder import folder_of
    from caffe2torch.train.settings import Settings

    return [LintNotes(partial(folder_of, Settings(solver=solver, **flags)), outlook.text)]


def _event_files(flags: dict[str, Any], solver: str) -> list[Any]:
    """What writes TensorBoard's files, if they are wanted."""
    if not flags["tensorboard"]:
        return []
    from caffe2torch.report.tensorboard import TensorBoard
    from caffe2torch.train.run_folder import folder_of
    from caffe2torch.train.settings import Settings

    return [TensorBoard(partial(folder_of, Settings(solver=solver, **flags)))]


def _codes(text: str) -> tuple[str, ...]:
    """C2T606 for 606, c2t606 and C2T606."""
    words = [word.strip().upper() for word in text.split(",") if word.strip()]
    return tuple(word if word.startswith("C2T") else f"C2T{word}" for word in words)


def remedy(error: Finding) -> str:
    """What to do about an error of the lint."""
    if error.fix is None:
        return error.hint
    flags = "--fix" if error.fix.safe else "--fix --unsafe-fixes"
    return f"{error.fix.title} (c2t lint {flags})"


def _monitors(errors: list[Finding], flags: dict[str, Any], solver: str) -> list[Any]:
    """What watches the run's health: one monitor, or none."""
    from caffe2torch.train.run_folder import folder_of
    from caffe2torch.train.settings import Settings

    settings = Settings(solver=solver, **flags)
    if settings.monitor == "off":
        return []
    from caffe2torch.health.monitor import Monitor, Prediction
    from caffe2torch.lint.rules import find

    expects: dict[str, Prediction] = {}
    for error in errors:
        for code in find(error.code).confirmed_by:
            expects.setdefault(code, Prediction(f"{error.code} {error.message}", remedy(error)))
    stop_on = settings.stop_on.split(",")
    folder = partial(folder_of, settings)
    return [Monitor(echo, settings.monitor, folder, stop_on, expects)]
