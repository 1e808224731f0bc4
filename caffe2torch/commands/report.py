"""Write what runs did into one HTML file: verdict, curves, layers over time."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands._results import FORCE, claim, output_option
from caffe2torch.terminal import echo

GROUP = "look"
EXAMPLE = "c2t report digits_run -o report.html"


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_option("The file to write.", default="report.html", show_default=True)
@FORCE
def command(runs: tuple[Path, ...], output: Path, force: bool) -> int:
    """Show RUNS, folders of `c2t train` or logs of Caffe, in one page; several are overlaid.

    The page needs no network and no other file. Layers over time are those that the monitor
    measured: `c2t train --monitor full` measures often, and keeps the images that the net got.

    Exit code 0: written; 1: written, and a run failed; 2: no run.
    """
    from caffe2torch.report.page import write
    from caffe2torch.report.reading import read_all
    from caffe2torch.report.record import verdict

    claim(output, force)
    records = read_all(runs)
    for record in records:
        echo(f"{record.name}: {verdict(record)}")
    write(records, output)
    echo(f"{output}")
    return int(any(record.failed for record in records))
