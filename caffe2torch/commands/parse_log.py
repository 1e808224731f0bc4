"""Read Caffe's training logs, old ones and ours, into CSV, and say what they show."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caffe2torch.terminal import echo

if TYPE_CHECKING:
    from caffe2torch.report.caffe_log import Log

GROUP = "look"
EXAMPLE = "c2t parse-log caffe.log -o curves"


@click.command()
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for CSV files.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False),
    help="HTML file that shows all logs, overlaid.",
)  # fmt: skip
def command(logs: tuple[Path, ...], output: Path | None, report: Path | None) -> int:
    """Read each of LOGS; print a summary, or with -o write LOG.csv into a folder.

    The rows are iterations: loss, lr, iter_per_second, "train NAME" and "test0 NAME" for each
    output. Logs of BVLC's Caffe of all years, of NVCaffe, of Intel's and of `c2t train` are read.

    Exit code 0: read; 1: a log shows a run that did not learn; 2: no log of Caffe.
    """
    from caffe2torch.report.page import write
    from caffe2torch.report.reading import names, of_log, open_log

    records = []
    for path, name in zip(logs, names(logs), strict=True):
        log = open_log(path)
        record = of_log(log, name)
        records.append(record)
        echo(f"{path}: {len(list(log.rows()))} iterations shown, {_span(log.losses)}")
        for (net, blob), scores in log.tests.items():
            last = list(scores.values())[-1]
            echo(f"  test #{net} {blob}: last {last:g}, largest {max(scores.values()):g}")
        for finding in record.findings:
            echo(f"  {finding.code}[{finding.name}] {finding.evidence}")
        for note in record.notes:
            echo(f"  {note}")
        if output is not None:
            echo(f"  {_written(log, name, output)}")
    if report is not None:
        write(records, report)
        echo(f"{report}")
    return int(any(record.findings for record in records))


def _span(losses: dict[int, float]) -> str:
    if not losses:
        return "no losses"
    first, last = min(losses), max(losses)
    return f"loss {losses[first]:g} at {first}, {losses[last]:g} at {last}"


def _written(log: Log, name: str, folder: Path) -> Path:
    """Write the table of a log beside those of the others."""
    from caffe2torch.atomic import replacing

    text = io.StringIO()
    writer = csv.DictWriter(text, ["iteration", *log.columns()], lineterminator="\n")
    writer.writeheader()
    writer.writerows(log.rows())
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(name).with_suffix("").as_posix().replace("/", "-")
    target = folder / f"{stem}.csv"
    with replacing(target) as aside:
        aside.write_text(text.getvalue(), encoding="utf-8")
    return target
