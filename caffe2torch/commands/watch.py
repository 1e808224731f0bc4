"""Show a running training in the terminal, from its run folder."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from caffe2torch.commands._kinds import a_folder
from caffe2torch.terminal import echo

GROUP = "look"
EXAMPLE = "c2t watch digits_run"


@click.command()
@click.argument("run", type=click.Path(path_type=Path), callback=a_folder)
@click.option(
    "--every", type=click.FloatRange(0.1), default=2.0, show_default=True, help="Seconds."
)
@click.option("--once", is_flag=True, help="Show how it stands, and do not wait for its end.")
def command(run: Path, every: float, once: bool) -> int:
    """Show RUN, the folder of a training, until it is over: progress, loss, tests, findings.

    Only its files are read; Ctrl-C ends the watching, not the training. Into a pipe or file a line
    is written whenever the iteration has changed.

    Exit code 0: it ended well, or --once; 1: it failed; 2: no run folder.
    """
    from caffe2torch.report import watching
    from caffe2torch.report.record import Record

    def line(record: Record, working: bool) -> None:
        text = watching.headline(record, working)
        if text not in shown:
            echo(text)
        shown[:] = [text]

    shown: list[str] = []
    if once:
        record, working = watching.look(run)
        line(record, working)
        for finding in record.findings:
            echo(finding.text)
        return int(record.failed)
    if not sys.stdout.isatty():
        return int(watching.watch(run, line, every).failed)
    from rich.live import Live

    with Live(auto_refresh=False) as screen:
        record = watching.watch(
            run, lambda *now: screen.update(watching.view(*now), refresh=True), every
        )
    return int(record.failed)
