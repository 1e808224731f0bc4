"""Write what runs did into one HTML file: verdict, curves, layers over time."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._kinds import a_log
from caffe2torch.commands._results import FORCE, JSON, claim, output_option, print_json
from caffe2torch.terminal import echo

if TYPE_CHECKING:
    from caffe2torch.report.record import Record

GROUP = "look"
EXAMPLE = "c2t report digits_run -o report.html"


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), callback=a_log)
@output_option("The file to write.", default="report.html", show_default=True)
@FORCE
@JSON
def command(runs: tuple[Path, ...], output: Path, force: bool, as_json: bool) -> int:
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
    write(records, output)
    if as_json:
        print_json({"file": str(output), "runs": [_facts(record) for record in records]})
    else:
        for record in records:
            echo(f"{record.name}: {verdict(record)}")
        echo(f"{output}")
    return int(any(record.failed for record in records))


def _facts(record: Record) -> dict[str, Any]:
    from caffe2torch.report.record import verdict

    return {
        "name": record.name, "verdict": verdict(record), "failed": record.failed,
        "iteration": record.iteration, "max_iter": record.max_iter, "end": record.end,
        "findings": [asdict(one) for one in record.findings], "notes": record.notes,
        "last": {name: curve[-1][1] for name, curve in record.curves.items() if curve},
    }  # fmt: skip
