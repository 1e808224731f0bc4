"""Find out in a minute why a net does not learn, by small experiments."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands._options import python_layers_option
from caffe2torch.commands._results import FORCE, JSON, claim, output_option, print_json
from caffe2torch.commands._trial import chosen_device, trial_options
from caffe2torch.terminal import echo

GROUP = "check"
EXAMPLE = "c2t probe solver.prototxt"


@click.command()
@trial_options
@click.option(
    "--seconds", type=click.FloatRange(1), default=60.0, show_default=True, help="Time to take."
)
@output_option("Where inputs.png and probe.json go [beside the solver: NAME_probe].", folder=True)
@FORCE
@JSON
@python_layers_option
def command(
    solver: str, weights: str, seconds: float, device: str, output: Path | None, force: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Look at what SOLVER's net gets and does, train it for a moment in several ways, and judge.

    Three experiments: as configured, on one batch only, and with each fix of c2t lint beside it.
    The verdict comes first, what it rests on below. Nothing is changed; no snapshot is written.

    Exit code 0: it learns, or no cause was found; 1: a cause was found; 2: it cannot be trained.
    """
    from caffe2torch.health.probe.examination import examine
    from caffe2torch.health.probe.record import record, write
    from caffe2torch.health.probe.text import lines
    from caffe2torch.health.probe.trial import Case
    from caffe2torch.health.probe.verdict import judge
    from caffe2torch.module.options import Options

    folder = output or Path(solver).with_name(f"{Path(solver).stem}_probe")
    for name in ("inputs.png", "probe.json"):
        claim(folder / name, force)
    chosen = chosen_device(solver, device)
    done = examine(Case(solver, weights), seconds, Options(chosen), folder)
    verdict = judge(done)
    write(folder / "probe.json", done, verdict)
    if as_json:
        print_json(record(done, verdict))
    else:
        echo("\n".join(lines(done, verdict)))
    return int(bool(verdict.causes))
